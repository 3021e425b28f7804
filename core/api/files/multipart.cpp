#include "core/api/files/multipart.hpp"

#include <algorithm>
#include <cctype>

#include <trellis/sdk/error.hpp>

namespace trellis::api {

namespace {

[[noreturn]] void refuse(const char* what) {
    throw sdk::Error(sdk::ErrorCode::InvalidArgument, std::string("not a form: ") + what);
}

std::string lower(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return out;
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
        text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
        text.remove_suffix(1);
    return text;
}

/// The value of a parameter (RFC 9110 section 5.6.6), quoted or not.
std::optional<std::string> parameter(std::string_view field, std::string_view name) {
    std::size_t at = field.find(';');
    while (at != std::string_view::npos) {
        const auto equals = field.find('=', at);
        if (equals == std::string_view::npos)
            return std::nullopt;
        const bool isWanted = lower(trimmed(field.substr(at + 1, equals - at - 1))) == name;
        std::string value;
        std::size_t end = equals + 1;
        if (end < field.size() && field[end] == '"') {
            for (++end; end < field.size() && field[end] != '"'; ++end) {
                if (field[end] == '\\' && end + 1 < field.size() &&
                    (field[end + 1] == '"' || field[end + 1] == '\\'))
                    ++end;
                value += field[end];
            }
            end = field.find(';', end);
        } else {
            end = field.find(';', end);
            value = trimmed(field.substr(equals + 1, std::min(end, field.size()) - equals - 1));
        }
        if (isWanted)
            return value;
        at = end;
    }
    return std::nullopt;
}

PartHead headFrom(std::string_view lines) {
    PartHead head;
    while (!lines.empty()) {
        const auto end = std::min(lines.find("\r\n"), lines.size());
        const auto line = lines.substr(0, end);
        lines.remove_prefix(std::min(end + 2, lines.size()));
        const auto colon = line.find(':');
        if (colon == std::string_view::npos)
            refuse("a head without a colon");
        if (lower(trimmed(line.substr(0, colon))) != "content-disposition")
            continue;
        const auto value = trimmed(line.substr(colon + 1));
        if (lower(value.substr(0, 9)) != "form-data")
            refuse("a part of another kind");
        head.name = parameter(value, "name").value_or("");
        head.fileName = parameter(value, "filename");
    }
    return head;
}

} // namespace

std::optional<std::string> boundaryOf(std::string_view contentType) {
    constexpr std::string_view kForm = "multipart/form-data";
    if (lower(contentType.substr(0, kForm.size())) != kForm)
        return std::nullopt;
    auto boundary = parameter(contentType, "boundary");
    const bool isFine = boundary && !boundary->empty() && boundary->size() <= 70 &&
                        std::all_of(boundary->begin(), boundary->end(),
                                    [](unsigned char c) { return c > ' ' && c < 0x7f; });
    return isFine ? boundary : std::nullopt;
}

void MultipartParser::feed(std::string_view bytes) {
    if (state_ == State::Over)
        return; // RFC 2046: what follows the last boundary is ignored
    waiting_ += bytes;
    while (step()) {
    }
}

bool MultipartParser::step() {
    switch (state_) {
    case State::Preamble:
    case State::Body: return stepBody();
    case State::Boundary: return stepBoundary();
    case State::Head: return stepHead();
    case State::Over: break;
    }
    waiting_.clear();
    return false;
}

bool MultipartParser::stepBody() {
    const auto place = waiting_.find(delimiter_);
    const bool isFound = place != std::string::npos;
    // Its beginning may have come without the rest.
    const auto sure = isFound ? place
                              : waiting_.size() - std::min(waiting_.size(), delimiter_.size() - 1);
    if (state_ == State::Body && sure > 0)
        sink_.onData(std::string_view(waiting_).substr(0, sure));
    waiting_.erase(0, sure + (isFound ? delimiter_.size() : 0));
    if (!isFound)
        return false;
    if (state_ == State::Body)
        sink_.onPartEnd();
    state_ = State::Boundary;
    return true;
}

bool MultipartParser::stepBoundary() {
    if (waiting_.size() < 2)
        return false;
    const auto ending = waiting_.substr(0, 2);
    waiting_.erase(0, 2);
    if (ending == "--") {
        state_ = State::Over;
        return true;
    }
    if (ending != "\r\n")
        refuse("a boundary that doesn't end");
    if (++parts_ > kMaxParts)
        refuse("too many parts");
    state_ = State::Head;
    return true;
}

bool MultipartParser::stepHead() {
    const auto end = waiting_.starts_with("\r\n") ? 0 : waiting_.find("\r\n\r\n");
    if (end == std::string::npos || end > kMaxHead) {
        if (waiting_.size() > kMaxHead + 4)
            refuse("the head of a part is too long");
        return false;
    }
    const auto head = headFrom(std::string_view(waiting_).substr(0, end));
    // The empty body of a part begins with the line end that also begins its boundary.
    waiting_.erase(0, end == 0 ? 2 : end + 4);
    state_ = State::Body;
    sink_.onPart(head);
    return true;
}

void MultipartParser::finish() const {
    if (state_ != State::Over)
        refuse("its end is missing");
}

} // namespace trellis::api
