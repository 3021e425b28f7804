// Accept-Language, from anybody: no crash, and the answer is one of the languages.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "core/api/http/page_language.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace trellis::api;
    const auto language = languageOf({reinterpret_cast<const char*>(data), size});
    if (language != PageLanguage::English && language != PageLanguage::German)
        std::abort();
    return 0;
}
