#include "core/takeover/report.hpp"

#include <boost/json/array.hpp>

namespace trellis::takeover {

namespace json = boost::json;

void Report::took(std::string_view kind, std::size_t count) {
    taken_[std::string(kind)] += count;
}

void Report::left(std::string_view kind, std::string_view reason, std::string where) {
    auto& entry = left_[std::string(kind)][std::string(reason)];
    ++entry.count;
    if (entry.examples.size() < kMaxExamples)
        entry.examples.push_back(std::move(where));
}

void Report::option(std::string name, std::string sentence) {
    options_.emplace_back(std::move(name), std::move(sentence));
}

void Report::note(std::string sentence) {
    notes_.push_back(std::move(sentence));
}

std::size_t Report::countOf(std::string_view kind) const {
    const auto found = taken_.find(kind);
    return found == taken_.end() ? 0 : found->second;
}

std::size_t Report::leftOf(std::string_view kind) const {
    const auto found = left_.find(kind);
    std::size_t count = 0;
    if (found != left_.end())
        for (const auto& [reason, entry] : found->second)
            count += entry.count;
    return count;
}

json::object Report::toJson() const {
    json::object taken, left;
    for (const auto& [kind, count] : taken_)
        taken[kind] = count;
    for (const auto& [kind, reasons] : left_) {
        json::array list;
        for (const auto& [reason, entry] : reasons)
            list.push_back(
                {{"reason", reason},
                 {"count", entry.count},
                 {"examples", json::array(entry.examples.begin(), entry.examples.end())}});
        left[kind] = std::move(list);
    }
    json::array options;
    for (const auto& [name, sentence] : options_)
        options.push_back({{"option", name}, {"what", sentence}});
    return {{"taken", std::move(taken)},
            {"left", std::move(left)},
            {"options", std::move(options)},
            {"notes", json::array(notes_.begin(), notes_.end())}};
}

void Report::print(std::ostream& out) const {
    out << "taken:\n";
    for (const auto& [kind, count] : taken_)
        out << "  " << count << '\t' << kind << '\n';
    if (!left_.empty())
        out << "left:\n";
    for (const auto& [kind, reasons] : left_)
        for (const auto& [reason, entry] : reasons) {
            out << "  " << entry.count << '\t' << kind << ": " << reason;
            for (std::size_t at = 0; at < entry.examples.size(); ++at)
                out << (at == 0 ? " (" : ", ") << entry.examples[at];
            out << (entry.count > entry.examples.size() ? ", ...)\n" : ")\n");
        }
    if (!options_.empty())
        out << "options of config.json without an equivalent:\n";
    for (const auto& [name, sentence] : options_)
        out << "  " << name << ": " << sentence << '\n';
    if (!notes_.empty())
        out << "note:\n";
    for (const auto& sentence : notes_)
        out << "  " << sentence << '\n';
}

} // namespace trellis::takeover
