// Disks that can be filled and cut off, and programs that run beside the test. All of it
// goes when the test process goes, however that happens: mounts are in a name space of
// its own, and children die with it.
#pragma once

#include <string>
#include <vector>

#include <sys/types.h>

#include "tests/programs/run_program.hpp"

namespace kv::test {

// For a program that strace watches: the leak check needs to watch it as well.
inline constexpr const char* kNoLeakCheck = "ASAN_OPTIONS=detect_leaks=0";

// Whether file systems can be mounted here: says why not, and then the test is skipped.
// From the first call on this process has mounts of its own.
[[nodiscard]] bool can_mount();

// Whether there is such a program; says so if not.
[[nodiscard]] bool has_program(const std::string& name);

// A file system in memory of so many bytes, as mount(8) understands it: "1m".
class SmallDisk {
 public:
  explicit SmallDisk(const std::string& size);
  ~SmallDisk();
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  TempDir dir_;
  std::string path_;
};

// An ext4 in a file, whose power can be cut.
class CuttableDisk {
 public:
  CuttableDisk();
  ~CuttableDisk();
  CuttableDisk(const CuttableDisk&) = delete;
  CuttableDisk& operator=(const CuttableDisk&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }

  // From here on nothing reaches the disk, the file system's journal included; calls
  // fail.
  void cut();

  // The next start of the machine: only what was durable is there. Nobody may use it.
  void restart();

 private:
  void mount();
  void unmount();
  TempDir dir_;
  std::string path_;
  bool mounted_ = false;
};

// A program that runs beside the test, its standard output in a file.
class Beside {
 public:
  Beside(std::vector<std::string> words, std::string output);
  ~Beside();
  Beside(const Beside&) = delete;
  Beside& operator=(const Beside&) = delete;

  [[nodiscard]] std::string said() const { return read_file(output_); }

  // Waits until it has said this, or fails.
  void wait_for(const std::string& text) const;

  void kill() const;

  // Waits for its end; exit status, or 128 + signal. Killed after so many seconds.
  int wait(int seconds);

 private:
  std::string output_;
  pid_t child_ = -1;
};

}  // namespace kv::test
