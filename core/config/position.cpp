#include "core/config/position.hpp"

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

namespace trellis::config {

namespace {

constexpr std::size_t kMaxFindings = 500; // a report is for people

void append(std::vector<Finding>& to, Finding finding) {
    if (to.size() < kMaxFindings)
        to.push_back(std::move(finding));
    else if (to.size() == kMaxFindings)
        to.push_back({{}, "", "more problems are not shown"});
}

void sortFindings(std::vector<Finding>& findings, const std::vector<std::string>& files) {
    const auto key = [&](const Finding& finding) {
        const auto file = std::find(files.begin(), files.end(), finding.position.file);
        return std::tuple(file - files.begin(), finding.position.line, finding.position.column);
    };
    std::stable_sort(findings.begin(), findings.end(),
                     [&](const Finding& a, const Finding& b) { return key(a) < key(b); });
}

} // namespace

std::string Position::text() const {
    if (line == 0)
        return file;
    return file + ':' + std::to_string(line) + ':' + std::to_string(column);
}

std::string Finding::text() const {
    std::string line = position.text();
    for (const std::string* part : {&path, &problem}) {
        if (part->empty())
            continue;
        if (!line.empty())
            line += ": ";
        line += *part;
    }
    return line;
}

void Report::error(Position position, std::string path, std::string problem) {
    append(errors, {std::move(position), std::move(path), std::move(problem)});
}

void Report::warning(Position position, std::string path, std::string problem) {
    append(warnings, {std::move(position), std::move(path), std::move(problem)});
}

std::string Report::text() const {
    std::set<std::string> seen;
    std::string all;
    for (const Finding& finding : errors) {
        const std::string line = finding.text();
        if (seen.insert(line).second)
            all += line + '\n';
    }
    return all;
}

void Report::sort(const std::vector<std::string>& files) {
    sortFindings(errors, files);
    sortFindings(warnings, files);
}

} // namespace trellis::config
