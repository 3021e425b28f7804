/// Reads `multipart/form-data` (RFC 7578, RFC 2046 section 5.1) as it arrives.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace trellis::api {

struct PartHead {
    std::string name;                    ///< of the field, "" if it says none
    std::optional<std::string> fileName; ///< only for files; as sent, not checked
};

class PartSink {
public:
    virtual ~PartSink() = default;
    virtual void onPart(const PartHead& head) = 0;
    virtual void onData(std::string_view bytes) = 0; ///< any number of times, any size
    virtual void onPartEnd() = 0;
};

/// `boundary` of a Content-Type, nothing if it isn't a form of this kind.
std::optional<std::string> boundaryOf(std::string_view contentType);

/// Holds at most one part's head and one boundary in memory. Throws sdk::Error{InvalidArgument} for
/// what is no form, has heads over kMaxHead or more parts than kMaxParts; what the sink throws goes
/// through. One thread at a time.
class MultipartParser {
public:
    static constexpr std::size_t kMaxHead = 8 * 1024;
    static constexpr std::size_t kMaxParts = 100;

    MultipartParser(std::string_view boundary, PartSink& sink)
        : delimiter_("\r\n--" + std::string(boundary)), sink_(sink) {}
    void feed(std::string_view bytes);
    void finish() const; ///< throws unless the last boundary has come

private:
    enum class State : std::uint8_t { Preamble = 1, Boundary, Head, Body, Over };
    bool step(); ///< false when more bytes are needed
    bool stepBody();
    bool stepBoundary();
    bool stepHead();

    const std::string delimiter_;
    PartSink& sink_;
    State state_ = State::Preamble;
    std::string waiting_ = "\r\n"; // the first boundary has no line before it
    std::size_t parts_ = 0;
};

} // namespace trellis::api
