#include "core/config/yaml_guard.hpp"

#include <utility>

namespace trellis::config {

namespace {

/// The length of the UTF-8 sequence at the front of `text` (RFC 3629 section 4), 0 if it is not
/// one.
std::size_t sequenceLength(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char first = byte(0);
    if (first < 0x80)
        return 1;
    const std::size_t size = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    if (first < 0xC2 || first > 0xF4 || text.size() < size)
        return 0;
    for (std::size_t i = 1; i < size; ++i) {
        if ((byte(i) & 0xC0U) != 0x80U)
            return 0;
    }
    const bool overlong = (first == 0xE0 && byte(1) < 0xA0) || (first == 0xF0 && byte(1) < 0x90);
    const bool surrogate = first == 0xED && byte(1) > 0x9F;
    const bool beyond = first == 0xF4 && byte(1) > 0x8F;
    return overlong || surrogate || beyond ? 0 : size;
}

bool isForbiddenControl(std::string_view text, std::size_t at) {
    const auto c = static_cast<unsigned char>(text[at]);
    if (c == '\r')
        return at + 1 >= text.size() || text[at + 1] != '\n';
    return (c < 0x20 && c != '\n' && c != '\t') || c == 0x7f;
}

class Scan {
public:
    explicit Scan(std::string_view text) : text_(text) {}

    std::optional<GuardProblem> run() {
        for (std::size_t at = 0; at < text_.size();) {
            const std::size_t size = sequenceLength(text_.substr(at));
            if (size == 0)
                return problem(at, "not UTF-8 text");
            if (size == 1 && isForbiddenControl(text_, at)) {
                return problem(at, "a control character, which YAML does not allow");
            }
            if (const char* limit = count(text_[at], size))
                return problem(at, limit);
            at += size;
        }
        return std::nullopt;
    }

private:
    const char* count(char c, std::size_t size) {
        lineBytes_ = c == '\n' ? 0 : lineBytes_ + size;
        if (lineBytes_ > kMaxLineBytes)
            return "a line longer than 64 KiB";
        if ((c == '[' || c == '{') && ++brackets_ > kMaxBrackets)
            return "more than 20000 brackets";
        return nullptr;
    }

    GuardProblem problem(std::size_t at, const char* what) const {
        const auto [line, column] = lineAndColumn(text_, at);
        return {line, column, what};
    }

    std::string_view text_;
    std::size_t brackets_ = 0;
    std::size_t lineBytes_ = 0;
};

} // namespace

std::pair<int, int> lineAndColumn(std::string_view text, std::size_t offset) {
    int line = 1;
    int column = 1;
    for (const char c : text.substr(0, offset)) {
        if (c == '\n') {
            ++line;
            column = 1;
        } else if ((static_cast<unsigned char>(c) & 0xC0U) != 0x80U) {
            ++column;
        }
    }
    return {line, column};
}

std::optional<GuardProblem> guardYaml(std::string_view text) {
    if (text.size() > kMaxFileBytes)
        return GuardProblem{1, 1, "larger than 1 MiB"};
    return Scan(text).run();
}

} // namespace trellis::config
