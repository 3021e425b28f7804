/// Device groups and devices of MeshCentral as our records, and what hangs on them
/// (control-protocol.md sections 5.3 to 5.5). Pure: no database, no files.
#pragma once

#include "core/model/records.hpp"
#include "core/model/side_documents.hpp"

#include <optional>
#include <string>

namespace trellis::takeover {

namespace json = boost::json;

/// Throws sdk::Error{InvalidArgument} with a sentence when it can't be taken. Secrets that
/// MeshCentral keeps in these documents (passwords of Intel AMT and IP-KVM, saved sign-ins) are not
/// taken.
model::Group takeGroup(const json::object& document);
/// True if the document holds such secrets.
bool holdsGroupSecrets(const json::object& document);
model::Device takeDevice(const json::object& document);
bool holdsDeviceSecrets(const json::object& document);

/// `lc<nodeid>`: when and from where a device was last connected.
struct LastConnection {
    std::string deviceId;
    std::int64_t timeMs = 0;
    std::string address;
};
std::optional<LastConnection> takeLastConnection(const json::object& document);

/// What is kept beside a record: network, hardware, notes, pictures, the page's state.
struct TakenSide {
    std::string owner;
    model::SideKind kind = model::SideKind::Note;
    model::SideDocument document;
};
/// Nothing if the document is none of them (or empty).
std::optional<TakenSide> takeSide(const json::object& document);

} // namespace trellis::takeover
