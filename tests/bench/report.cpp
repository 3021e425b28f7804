#include "tests/bench/report.hpp"

#include <algorithm>
#include <cstdio>

namespace trellis::bench {

void Report::begin(const std::string& subject) {
    subjects_.push_back(subject);
    std::printf("%s\n", subject.c_str());
}

void Report::row(const std::string& what, double value, const std::string& unit,
                 const std::string& note) {
    std::printf("  %-44s %10.2f %-8s %s\n", what.c_str(), value, unit.c_str(), note.c_str());
    std::fflush(stdout);
    const bool isKnown =
        std::any_of(lines_.begin(), lines_.end(), [&](const Line& line) { return line.what == what; });
    if (!isKnown) lines_.push_back({what, unit});
    values_[{subjects_.back(), what}] = value;
}

void Report::printTable() const {
    std::printf("\n| What |");
    for (const auto& subject : subjects_) std::printf(" %s |", subject.c_str());
    std::printf(" ratio |\n|---|");
    for (std::size_t i = 0; i <= subjects_.size(); ++i) std::printf("---:|");
    for (const auto& line : lines_) {
        std::printf("\n| %s%s |", line.what.c_str(),
                    line.unit.empty() ? "" : (", " + line.unit).c_str());
        std::vector<double> found;
        for (const auto& subject : subjects_) {
            const auto value = values_.find({subject, line.what});
            if (value == values_.end()) {
                std::printf(" |");
            } else {
                found.push_back(value->second);
                std::printf(" %.2f |", value->second);
            }
        }
        if (found.size() == 2 && found[0] > 0) std::printf(" %.2f |", found[1] / found[0]);
        else std::printf(" |");
    }
    std::printf("\n");
}

} // namespace trellis::bench
