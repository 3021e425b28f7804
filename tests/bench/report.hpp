/// The figures of one or more subjects, and the table of them.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace trellis::bench {

class Report {
public:
    /// Figures that follow are this subject's. Prints its name.
    void begin(const std::string& subject);
    /// Prints the figure and keeps it. `note` is only printed.
    void row(const std::string& what, double value, const std::string& unit,
             const std::string& note = {});
    /// Every figure of all subjects side by side, with the second's share in the first; as Markdown.
    void printTable() const;

private:
    struct Line {
        std::string what;
        std::string unit;
    };
    std::vector<std::string> subjects_;
    std::vector<Line> lines_; ///< in the order of their first mention
    std::map<std::pair<std::string, std::string>, double> values_; ///< by subject and line
};

} // namespace trellis::bench
