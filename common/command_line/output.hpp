// Where results leave the program.
#pragma once

#include <string_view>

#include "common/base/result.hpp"
#include "common/command_line/options.hpp"
#include "common/report/paint.hpp"

namespace kv {

// Writes all of `text` to standard output and flushes; io when a byte could not be
// written (a full disk, a closed pipe). Needs SIGPIPE ignored.
[[nodiscard]] Result<void> write_output(std::string_view text);

// Makes `text` the content of `path`; io, naming the file, when that fails. What a file
// held before stays until the new text is complete; pipes and devices are written to.
[[nodiscard]] Result<void> write_file(const std::string& path, std::string_view text);

// Colour when asked for, or on a terminal unless NO_COLOR is set (https://no-color.org) or
// the terminal is dumb.
[[nodiscard]] Style choose_style(ColorMode color, bool ascii);

// Prints `program: error` on standard error as one line and answers the exit status: 2
// for bad_usage, 1 for the rest.
[[nodiscard]] int report_error(std::string_view program, const Error& error);

}  // namespace kv
