#include "common/command_line/exit_status.hpp"

#include <csignal>
#include <exception>
#include <new>
#include <string>

#include "common/command_line/output.hpp"

namespace kv {

int exit_status_of(std::string_view program, const std::function<Result<int>()>& run,
                   std::string_view out_of_memory) {
  // A reader that goes away (`| head`) is an error to report, not a signal to die of.
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);  // nor is a file that may not grow
  try {
    const auto status = run();
    return status ? *status : report_error(program, status.error());
  } catch (const std::bad_alloc&) {
    return report_error(program, {Errc::out_of_memory, std::string(out_of_memory)});
  } catch (const std::exception& fault) {  // a library's, and a fault of ours to let out
    return report_error(program, {Errc::io, fault.what()});
  }
}

}  // namespace kv
