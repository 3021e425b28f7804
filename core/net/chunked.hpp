/// Chunked transfer coding of request bodies (RFC 9112 section 7.1), strict.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/net/bytes.hpp"

namespace trellis::net {

/// Feed it bytes as they come, in any pieces.
class ChunkedDecoder {
public:
    enum class State : std::uint8_t { NeedMore = 1, Data, Done, Bad };
    struct Step {
        State state = State::NeedMore;
        std::size_t used = 0; ///< bytes of the input that are dealt with
        Bytes data;           ///< payload within the input when Data
    };
    /// One step; after Data call again with what follows `used`. After Done or Bad don't.
    Step next(Bytes bytes);

private:
    enum class Part : std::uint8_t { Size = 1, Extension, SizeEnd, Data, DataCr, DataLf, Trailer };
    Step control(Bytes bytes);
    bool takeControl(char c);
    bool takeTrailer(char c);

    Part part_ = Part::Size;
    std::uint64_t left_ = 0;     // of this chunk
    unsigned digits_ = 0;        // of its size
    std::size_t overhead_ = 0;   // bytes of extensions and trailers so far
    std::size_t lineLength_ = 0; // of the trailer line
    char previous_ = 0;
    bool isDone_ = false;
};

} // namespace trellis::net
