// Forms with files, in pieces of every size.
#include "core/api/files/multipart.hpp"

#include <trellis/sdk/error.hpp>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

using namespace trellis;

namespace {

/// What comes out has to come in order, and to be the same however the bytes were cut.
class Checker final : public api::PartSink {
public:
    void onPart(const api::PartHead& head) override {
        if (isOpen_)
            std::abort();
        isOpen_ = true;
        seen += '[' + head.name + '|' + head.fileName.value_or("-") + ']';
    }
    void onData(std::string_view bytes) override {
        if (!isOpen_)
            std::abort();
        seen += bytes;
    }
    void onPartEnd() override {
        if (!isOpen_)
            std::abort();
        isOpen_ = false;
        seen += '.';
    }
    std::string seen;

private:
    bool isOpen_ = false;
};

std::string read(std::string_view bytes, std::size_t step) {
    Checker checker;
    try {
        api::MultipartParser parser("b", checker);
        while (!bytes.empty()) {
            parser.feed(bytes.substr(0, step));
            bytes.remove_prefix(std::min(step, bytes.size()));
        }
        parser.finish();
    } catch (const sdk::Error&) {
        return "refused";
    }
    return checker.seen;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    api::boundaryOf(bytes);
    if (read(bytes, 1) != read(bytes, size + 1) || read(bytes, 7) != read(bytes, size + 1))
        std::abort();
    return 0;
}
