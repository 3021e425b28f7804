// The inside of a backup, and the head of its outside: the first byte says which.
#include "core/store/backup/archive.hpp"
#include "core/store/backup/sealed.hpp"

#include <trellis/sdk/error.hpp>

#include <cstdint>
#include <cstdlib>

using namespace trellis;
namespace backup = store::backup;

namespace {

class Checker final : public backup::ArchiveVisitor {
public:
    void table(const backup::TableHead& head) override { columns_ = head.columns.size(); }
    void row(const store::Values& row) override {
        if (row.size() != columns_)
            std::abort();
    }
    void file(const backup::FileHead& head) override {
        if (!backup::isArchivePath(head.path) || head.mode > 0777)
            std::abort();
    }

private:
    std::size_t columns_ = 0;
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0)
        return 0;
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
    backup::TextSource in(bytes);
    try {
        if (data[0] != 's') {
            Checker checker;
            backup::readArchive(in, checker);
            return 0;
        }
        // Deriving a key takes long: only heads that ask for little are tried to the end.
        const bool isCheap = bytes.size() > 24 && bytes[16] == 0 && bytes[17] == 0 && bytes[18] == 0 &&
                             bytes[20] == 0 && bytes[21] == 0 && bytes[22] == 0 && bytes[23] < 3;
        const bool isRefused = bytes.size() < backup::kHeadSize;
        if (!isCheap && !isRefused)
            return 0;
        backup::SealedSource source(in, "a long passphrase");
        char piece[1000];
        while (source.read(piece, sizeof piece) == sizeof piece) {
        }
    } catch (const sdk::Error&) {
    }
    return 0;
}
