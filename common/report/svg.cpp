#include "common/report/svg.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <span>
#include <tuple>

#include <fmt/format.h>

#include "common/base/text.hpp"
#include "common/report/numbers.hpp"

namespace kv {

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string color_of(NodeId node) {
  // Okabe and Ito, "Color Universal Design", 2008; black is left to the text.
  constexpr std::array<std::string_view, 7> kPalette{
      "#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442"};
  if (node.raw() < kPalette.size()) return std::string(kPalette[node.raw()]);
  return fmt::format("hsl({},55%,{}%)", node.raw() * 137 % 360, 40 + node.raw() * 7 % 30);
}

namespace {

using Out = std::back_insert_iterator<std::string>;

constexpr int kRowHeight = 22;

const NodeLoad* load_in(const StepReport& step, const std::string& name) {
  const auto found = std::ranges::find(step.nodes, name, &NodeLoad::name);
  return found == step.nodes.end() ? nullptr : &*found;
}

// The nodes that a load chart shows: the members after the step, and the one that left.
std::vector<NodeId> bars_of(const Run& run, std::size_t step) {
  std::vector<NodeId> bars;
  for (std::uint32_t id = 0; id < run.names.size() && bars.size() < kNodesDrawn; ++id) {
    const bool now = load_in(run.steps[step], run.names[id]) != nullptr;
    const bool before =
        step > 0 && load_in(run.steps[step - 1], run.names[id]) != nullptr;
    if (now || before) bars.emplace_back(id);
  }
  return bars;
}

double largest_share(const Run& run) {
  double largest = 0;
  for (const StepReport& step : run.steps) {
    for (const NodeLoad& node : step.nodes) largest = std::max(largest, node.share);
  }
  return std::max(largest, 1e-9);
}

}  // namespace

std::string svg_loads(const Run& run, std::size_t index) {
  constexpr double kLeft = 84, kWidth = 200;
  const StepReport& step = run.steps[index];
  const auto bars = bars_of(run, index);
  const double scale = kWidth / largest_share(run);
  const int height = static_cast<int>(bars.size()) * kRowHeight + 24;
  std::string out;
  Out to(out);
  fmt::format_to(
      to, R"(<svg viewBox="0 0 360 {}" role="img" aria-label="Load per node">)", height);
  int y = 4;
  for (const NodeId id : bars) {
    const std::string& name = run.names[id.raw()];
    const NodeLoad* const now = load_in(step, name);
    const NodeLoad* const before =
        index > 0 ? load_in(run.steps[index - 1], name) : nullptr;
    fmt::format_to(to, R"(<text x="{}" y="{}" class="name">{}</text>)", kLeft - 6, y + 13,
                   escaped(shortened(name, 11)));
    if (before != nullptr) {
      fmt::format_to(to,
                     R"(<rect x="{}" y="{}" width="{:.1f}" height="18" class="ghost"/>)",
                     kLeft, y, before->share * scale);
    }
    const double share = now != nullptr ? now->share : 0;
    fmt::format_to(
        to,
        R"(<rect x="{}" y="{}" width="{:.1f}" height="12" fill="{}"/>)"
        R"(<text x="{:.1f}" y="{}">{}</text>)",
        kLeft, y + 3, share * scale, color_of(id),
        kLeft + std::max(share, before != nullptr ? before->share : 0) * scale + 6,
        y + 13,
        now == nullptr ? "gone" : percent(share) + (now->down ? " %, down" : " %"));
    y += kRowHeight;
  }
  const double mean = kLeft + scale * static_cast<double>(run.replicas.value_or(1)) /
                                  static_cast<double>(step.nodes.size());
  fmt::format_to(to,
                 R"(<line x1="{0:.1f}" x2="{0:.1f}" y1="0" y2="{1}" class="mean"/>)"
                 R"(<text x="{0:.1f}" y="{2}" class="mean">mean</text></svg>)",
                 mean, y, y + 14);
  return out;
}

namespace {

// One circle stroked where `owner` returns true, as dashes: "on off on off ...".
template <class Owns>
std::string dashes(Owns owns) {
  std::string out;
  bool on = true;
  std::size_t length = 0;
  for (std::size_t i = 0; i < kSlices; ++i) {
    if (owns(i) != on) {
      fmt::format_to(Out(out), "{} ", length);
      on = !on;
      length = 0;
    }
    ++length;
  }
  fmt::format_to(Out(out), "{}", length);
  if (on) out += " 0";  // an even number of dashes, or the pattern would be mirrored
  return out;
}

std::string stroke(double radius, double width, NodeId node, const std::string& name,
                   const std::string& pattern) {
  return fmt::format(R"(<circle r="{}" stroke-width="{}" stroke="{}" pathLength="{}" )"
                     R"(stroke-dasharray="{}"><title>{}</title></circle>)",
                     radius, width, color_of(node), kSlices, pattern, escaped(name));
}

using Lines = std::vector<std::string>;

// Whether a node is among those of slice i, in a circle of one or several copies.
bool holds(const std::vector<NodeId>& circle, std::size_t i, NodeId node) {
  for (; i < circle.size(); i += kSlices) {
    if (circle[i] == node) return true;
  }
  return false;
}

std::string changed_slices(const Run& run, std::size_t index) {
  const auto& before = run.steps[index - 1].circle;
  const auto& after = run.steps[index].circle;
  std::string out;
  for (std::uint32_t id = 0; id < run.names.size(); ++id) {
    const auto gained = [&](std::size_t i) {
      return holds(after, i, NodeId{id}) && !holds(before, i, NodeId{id});
    };
    bool any = false;
    for (std::size_t i = 0; i < kSlices && !any; ++i) any = gained(i);
    if (any)
      out += stroke(94, 9, NodeId{id}, run.names[id] + " (new owner)", dashes(gained));
  }
  return out;
}

}  // namespace

std::string svg_circle(const Run& run, std::size_t index) {
  const auto& circle = run.steps[index].circle;
  std::string out =
      R"(<svg viewBox="-104 -104 208 208" class="circle" role="img" )"
      R"(aria-label="The circle of hashes, coloured by owner"><g fill="none" )"
      R"--(transform="rotate(-90)">)--";
  // A ring a copy, the first one outside.
  const std::size_t copies = circle.size() / kSlices;
  const double width = copies == 1 ? 26 : 48 / static_cast<double>(copies);
  for (std::size_t c = 0; c < copies; ++c) {
    const double radius = 87 - width * (static_cast<double>(c) + 0.5);
    const auto ring = std::span(circle).subspan(c * kSlices, kSlices);
    for (std::uint32_t id = 0; id < run.names.size(); ++id) {
      if (std::ranges::find(ring, NodeId{id}) == ring.end()) continue;
      out += stroke(radius, copies == 1 ? width : width - 1, NodeId{id}, run.names[id],
                    dashes([&](std::size_t i) { return ring[i] == NodeId{id}; }));
    }
  }
  if (index > 0) out += changed_slices(run, index);
  out += "</g>";
  // Short lines: the hole is narrow where there is a ring a copy.
  const Lines caption =
      index == 0 ? Lines{"before", "any change"}
                 : Lines{percent(run.steps[index].figures[Quantity::moved]) + " %",
                         run.steps[index].of_copies() ? "of the copies" : "of the keys",
                         "changed hands"};
  double y = 11 - 7.5 * static_cast<double>(caption.size());
  for (const std::string& line : caption) {
    out += fmt::format(R"(<text text-anchor="middle" y="{}">{}</text>)", y, line);
    y += 15;
  }
  return out + "</svg>";
}

std::string svg_moves(const std::vector<Run>& runs, std::size_t step) {
  constexpr double kLeft = 130, kWidth = 330;
  const int height = static_cast<int>(runs.size()) * 52 + 22;
  std::string out = fmt::format(
      R"(<svg viewBox="0 0 560 {}" role="img" aria-label="Keys moved">)", height);
  Out to(out);
  int y = 6;
  for (const Run& run : runs) {
    const StepReport& report = run.steps[step];
    fmt::format_to(to, R"(<text x="{}" y="{}" class="name">{}</text>)", kLeft - 8, y + 24,
                   run.stage);
    for (const auto& [quantity, cls, name] :
         {std::tuple{Quantity::moved, "moved", "moved"},
          std::tuple{Quantity::sideways, "sideways", "sideways"}}) {
      const double share = report.figures[quantity];
      fmt::format_to(to,
                     R"(<rect x="{}" y="{}" width="{:.1f}" height="15" class="{}"/>)"
                     R"(<text x="{:.1f}" y="{}">{} % {}</text>)",
                     kLeft, y, share * kWidth, cls, kLeft + share * kWidth + 6, y + 12,
                     percent(share), name);
      for (const CheckedFigure& figure : report.predictions) {
        if (figure.quantity != quantity) continue;
        fmt::format_to(to,
                       R"(<line x1="{0:.1f}" x2="{0:.1f}" y1="{1}" y2="{2}" )"
                       R"(class="theory"><title>predicted {3} %</title></line>)",
                       kLeft + figure.predicted * kWidth, y - 2, y + 17,
                       percent(figure.predicted));
      }
      y += 20;
    }
    y += 12;
  }
  fmt::format_to(
      to,
      R"(<text x="{}" y="{}" class="note">the upright marks are predictions</text>)"
      "</svg>",
      kLeft, y + 6);
  return out;
}

}  // namespace kv
