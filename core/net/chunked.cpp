#include "core/net/chunked.hpp"

#include <algorithm>

#include "core/net/ascii.hpp"

namespace trellis::net {

namespace {

constexpr unsigned kMaxSizeDigits = 8; // 4 GiB per chunk, more than any body limit
// Nothing here uses extensions or trailers; more of them than this is an attack.
constexpr std::size_t kMaxOverhead = 8 * 1024;

} // namespace

ChunkedDecoder::Step ChunkedDecoder::next(Bytes bytes) {
    if (part_ != Part::Data)
        return control(bytes);
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size()));
    left_ -= count;
    if (left_ == 0)
        part_ = Part::DataCr;
    if (count == 0)
        return {};
    return {State::Data, count, bytes.first(count)};
}

ChunkedDecoder::Step ChunkedDecoder::control(Bytes bytes) {
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        if (!takeControl(static_cast<char>(bytes[i])))
            return {State::Bad, i, {}};
        if (isDone_)
            return {State::Done, i + 1, {}};
        if (part_ == Part::Data) {
            auto step = next(bytes.subspan(i + 1));
            step.used += i + 1;
            return step;
        }
    }
    return {State::NeedMore, bytes.size(), {}};
}

// False if `c` may not stand here.
bool ChunkedDecoder::takeControl(char c) {
    switch (part_) {
    case Part::Size:
        if (const int digit = hexValue(c); digit >= 0) {
            left_ = left_ * 16 + static_cast<unsigned>(digit);
            return ++digits_ <= kMaxSizeDigits;
        }
        if (digits_ == 0)
            return false;
        if (c == ';')
            part_ = Part::Extension;
        else if (c == '\r')
            part_ = Part::SizeEnd;
        else
            return false;
        return true;
    case Part::Extension:
        if (c == '\r')
            part_ = Part::SizeEnd;
        else if (c != '\t' && static_cast<unsigned char>(c) < 0x20)
            return false;
        return ++overhead_ <= kMaxOverhead;
    case Part::SizeEnd:
        digits_ = 0;
        part_ = left_ == 0 ? Part::Trailer : Part::Data;
        return c == '\n';
    case Part::DataCr:
        part_ = Part::DataLf;
        return c == '\r';
    case Part::DataLf:
        part_ = Part::Size;
        return c == '\n';
    case Part::Trailer:
        return ++overhead_ <= kMaxOverhead && takeTrailer(c);
    case Part::Data:
        break;
    }
    return false;
}

// Trailer fields are read over; the first empty line ends the body.
bool ChunkedDecoder::takeTrailer(char c) {
    const bool afterCr = previous_ == '\r';
    previous_ = c;
    if (afterCr) {
        if (c != '\n')
            return false;
        isDone_ = lineLength_ == 0;
        lineLength_ = 0;
        return true;
    }
    if (c == '\r')
        return true;
    ++lineLength_;
    return c == '\t' || static_cast<unsigned char>(c) >= 0x20;
}

} // namespace trellis::net
