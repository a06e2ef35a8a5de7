// The one source that includes yaml-cpp, which takes long to compile.
#include "v4_replicated_kv/configuration/yaml_file.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <set>
#include <sstream>

#include <fmt/format.h>
#include <yaml-cpp/depthguard.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include "common/base/closest_word.hpp"
#include "common/base/text.hpp"
#include "v4_replicated_kv/configuration/keys.hpp"

namespace kv {

namespace {

std::string place_of(std::string_view name, const YAML::Mark& mark) {
  if (mark.is_null()) return std::string(name);
  return fmt::format("{}:{}", name, mark.line + 1);
}

std::string_view line_at(std::string_view text, const YAML::Mark& mark) {
  if (mark.is_null()) return {};
  for (int i = 0; i < mark.line; ++i) {
    text.remove_prefix(std::min(text.find('\n'), text.size() - 1) + 1);
    if (text.empty()) break;
  }
  return text.substr(0, text.find('\n'));
}

// Hears what a document holds, and keeps nothing.
class Nobody : public YAML::EventHandler {
 public:
  using Anchor = YAML::anchor_t;
  using Style = YAML::EmitterStyle::value;
  void OnDocumentStart(const YAML::Mark& /*at*/) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& /*at*/, Anchor /*as*/) override {}
  void OnAlias(const YAML::Mark& /*at*/, Anchor /*as*/) override {}
  void OnScalar(const YAML::Mark& /*at*/, const std::string& /*tag*/, Anchor /*as*/,
                const std::string& /*value*/) override {}
  void OnSequenceStart(const YAML::Mark& /*at*/, const std::string& /*tag*/,
                       Anchor /*as*/, Style /*style*/) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark& /*at*/, const std::string& /*tag*/, Anchor /*as*/,
                  Style /*style*/) override {}
  void OnMapEnd() override {}
};

// Not by YAML::LoadAll: where a comma stands before anything else it makes empty
// documents until there is no memory left.
bool has_more_documents(std::string_view text) {
  std::istringstream in{std::string(text)};
  YAML::Parser parser(in);
  Nobody nobody;
  return parser.HandleNextDocument(nobody) && parser.HandleNextDocument(nobody);
}

// Reads one file. `given` grows as it goes.
class YamlReader {
 public:
  explicit YamlReader(std::string_view name) : name_(printable(name)) {}

  Result<std::vector<Given>> read(std::string_view text) {
    if (has_more_documents(text)) {
      return fail(Errc::bad_input,
                  fmt::format("{}: goes on after its first document; takes one", name_));
    }
    const YAML::Node document = YAML::Load(std::string(text));
    if (document.IsNull()) return std::vector<Given>{};
    if (!document.IsMap()) {
      return refuse(document, "", "takes sections, such as cluster: {n: 3}");
    }
    for (const auto& section : document) {
      if (auto read = read_section(section.first, section.second); !read) {
        return std::unexpected(read.error());
      }
    }
    return std::move(given_);
  }

 private:
  [[nodiscard]] std::unexpected<Error> refuse(const YAML::Node& at, std::string_view what,
                                              std::string_view why) const {
    const std::string subject = what.empty() ? "" : fmt::format("{}: ", printable(what));
    return fail(Errc::bad_input,
                fmt::format("{}: {}{}", place_of(name_, at.Mark()), subject, why));
  }

  Result<void> read_section(const YAML::Node& key, const YAML::Node& keys) {
    if (!key.IsScalar()) return refuse(key, "", "a section has a name");
    const std::string& section = key.Scalar();
    if (std::ranges::find(all_sections(), section) == all_sections().end()) {
      return refuse(key, section,
                    "is not a section; " + suggestion(section, all_sections()));
    }
    if (!seen_.insert(section).second) {
      return refuse(key, section, "is there twice; put its keys together");
    }
    if (keys.IsNull()) return {};  // a section with all its keys in remarks
    if (!keys.IsMap()) {
      return refuse(key, section, "is a section: takes keys with values, such as {n: 3}");
    }
    for (const auto& entry : keys) {
      if (!entry.first.IsScalar())
        return refuse(entry.first, section, "a key has a name");
      const std::string name = fmt::format("{}.{}", section, entry.first.Scalar());
      if (auto read = read_value(name, entry.first, entry.second); !read) return read;
    }
    return {};
  }

  Result<void> read_value(const std::string& name, const YAML::Node& key,
                          const YAML::Node& value) {
    Given given{
        .key = name,
        .text = {},
        .place = fmt::format("{}: {}", place_of(name_, key.Mark()), printable(name))};
    if (value.IsNull()) return refuse(key, name, "has no value; write \"\" for none");
    if (value.IsMap()) return refuse(key, name, "takes a value, not keys");
    if (value.IsScalar()) given.text = value.Scalar();
    if (value.IsSequence()) {
      given.is_list = true;
      for (const YAML::Node& one : value) {
        const bool is_word = one.IsScalar() && !one.Scalar().empty() &&
                             one.Scalar().find(',') == std::string::npos;
        if (!is_word) return refuse(key, name, "takes a list of words without commas");
        given.text += (given.text.empty() ? "" : ",") + one.Scalar();
      }
    }
    given_.push_back(std::move(given));
    return {};
  }

  std::string name_;
  std::set<std::string> seen_;
  std::vector<Given> given_;
};

}  // namespace

Result<std::vector<Given>> read_yaml(std::string_view text, std::string_view name) {
  if (text.size() > kConfigurationBytesMax) {
    return fail(Errc::too_large,
                fmt::format("{}: is longer than 1 MiB", printable(name)));
  }
  try {
    return YamlReader(name).read(text);
  } catch (const YAML::DeepRecursion& error) {
    return fail(Errc::bad_input, fmt::format("{}: brackets in brackets; takes sections "
                                             "with keys, such as cluster: {{n: 3}}",
                                             place_of(printable(name), error.mark)));
  } catch (const YAML::Exception& error) {
    const bool has_tab = line_at(text, error.mark).contains('\t');
    return fail(Errc::bad_input,
                fmt::format("{}: is not YAML: {}{}",
                            place_of(printable(name), error.mark), one_line(error.msg),
                            has_tab ? "; there is a tab: indent with spaces" : ""));
  }
}

Result<std::string> read_configuration_file(const std::string& path) {
  const std::string name = printable(path);
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(
      std::fopen(path.c_str(), "rb"), &std::fclose);
  if (file == nullptr) {
    return fail(errno == ENOENT ? Errc::not_found : Errc::io,
                fmt::format("{}: cannot be opened: {}", name, std::strerror(errno)));
  }
  std::string text(kConfigurationBytesMax + 1, '\0');
  errno = 0;
  text.resize(std::fread(text.data(), 1, text.size(), file.get()));
  if (std::ferror(file.get()) != 0) {
    return fail(Errc::io,
                fmt::format("{}: cannot be read: {}", name, std::strerror(errno)));
  }
  if (text.size() > kConfigurationBytesMax) {
    return fail(Errc::too_large, fmt::format("{}: is longer than 1 MiB", name));
  }
  return text;
}

}  // namespace kv
