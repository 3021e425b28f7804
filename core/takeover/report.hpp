/// What a take-over took, what it left and why.
#pragma once

#include <boost/json/object.hpp>

#include <cstddef>
#include <map>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace trellis::takeover {

class Report {
public:
    static constexpr std::size_t kMaxExamples = 5; ///< places kept for each reason

    void took(std::string_view kind, std::size_t count = 1);
    /// `reason`: a sentence without the document's own data; `where`: file and line, or a name.
    void left(std::string_view kind, std::string_view reason, std::string where);
    /// An option of config.json that has no equivalent.
    void option(std::string name, std::string sentence);
    /// Something the admin should know or do.
    void note(std::string sentence);

    std::size_t countOf(std::string_view kind) const; ///< taken
    std::size_t leftOf(std::string_view kind) const;
    const std::vector<std::string>& notes() const noexcept { return notes_; }
    const std::vector<std::pair<std::string, std::string>>& options() const noexcept {
        return options_;
    }
    boost::json::object toJson() const;
    void print(std::ostream& out) const;

private:
    struct Reason {
        std::size_t count = 0;
        std::vector<std::string> examples;
    };
    std::map<std::string, std::size_t, std::less<>> taken_;
    std::map<std::string, std::map<std::string, Reason, std::less<>>, std::less<>> left_;
    std::vector<std::pair<std::string, std::string>> options_;
    std::vector<std::string> notes_;
};

} // namespace trellis::takeover
