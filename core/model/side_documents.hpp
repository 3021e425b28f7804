/// Large or rare facts about a device, group or user, kept in the database only (section 5.5):
/// network interfaces, hardware, notes, pictures.
#pragma once

#include "core/store/clock.hpp"
#include "core/store/database.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace trellis::model {

enum class SideKind : std::uint8_t {
    Network = 1,
    Hardware,
    Smbios,
    Note,
    OwnNote,
    Image,
    WebState
};

struct SideDocument {
    std::string text; ///< JSON for all kinds but the notes (plain text) and Image (data URL)
    std::string hash; ///< as the agent gave it, "" if none
    std::int64_t timeMs = 0;
};

/// Any thread; blocks on the database. Owner: id of a device, group or user. They go with their
/// owner.
class SideDocuments {
public:
    static constexpr std::size_t kMaxBytes = 1024 * 1024;
    explicit SideDocuments(store::Database& database, store::Clock clock = store::systemClock());
    std::optional<SideDocument> get(std::string_view owner, SideKind kind) const;
    /// Empty text removes. Unchanged text writes nothing. Over kMaxBytes: InvalidArgument.
    void put(std::string_view owner, SideKind kind, std::string_view text,
             std::string_view hash = {});

private:
    store::Database& database_;
    store::Clock clock_;
};

} // namespace trellis::model
