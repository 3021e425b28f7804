/// What a file is asked before yaml-cpp sees it.
///
/// yaml-cpp 0.7 was not written for hostile input: it reads ahead over any number of open brackets
/// and recurses once for each level (it stops itself at 500, deep enough to end a thread with a
/// small stack). Files come from the admin, but also from configuration management and web forms,
/// so size, encoding and brackets are checked here first, and depth and number of nodes while it
/// parses.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace trellis::config {

inline constexpr std::size_t kMaxFileBytes = 1024 * 1024;
inline constexpr std::size_t kMaxDepth = 32;
inline constexpr std::size_t kMaxNodes = 20000; ///< of all files together, aliases expanded
inline constexpr std::size_t kMaxKeys = 2000;   ///< of one section; they are searched one by one
inline constexpr std::size_t kMaxAnchors = 256;
inline constexpr std::size_t kMaxBrackets = 20000; ///< '[' and '{', also inside quotes
inline constexpr std::size_t kMaxLineBytes = 64 * 1024;

struct GuardProblem {
    int line = 1; ///< 1-based
    int column = 1;
    std::string problem;
};

/// nullopt when yaml-cpp may have it.
std::optional<GuardProblem> guardYaml(std::string_view text);

/// The line and column (1-based, in characters) of a byte.
std::pair<int, int> lineAndColumn(std::string_view text, std::size_t offset);

} // namespace trellis::config
