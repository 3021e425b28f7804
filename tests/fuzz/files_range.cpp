// The range by which a device asks plugins/files for a part of a file: whatever is accepted lies inside.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "plugins/files/src/push_model.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    for (const std::int64_t total : {std::int64_t{0}, std::int64_t{10}, std::int64_t{1} << 40}) {
        std::int64_t from = 0, to = 0;
        if (files::parseRange(text, total, 4096, from, to) &&
            (from < 0 || to < from || to >= total || to - from >= 4096))
            std::abort();
    }
    return 0;
}
