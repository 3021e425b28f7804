#include "transfers.hpp"

#include <vector>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <trellis/sdk/db.hpp>
#include <trellis/sdk/error.hpp>

#include "members.hpp"

namespace files {

using namespace trellis::sdk;

namespace {

/// A device that was cut off comes back within this time, or is taken for one that will not report.
constexpr Seconds kGrace{120};
/// What a device that is there has to report comes within this time.
constexpr Seconds kSettled{15};
constexpr std::size_t kMaxSessions = 20'000;
constexpr const char* kTable = "CREATE TABLE p_files_session (id TEXT PRIMARY KEY, body TEXT NOT NULL);";

bool isBegun(const json::object& transfer) {
    const auto* begun = transfer.if_contains("begun");
    return begun != nullptr && begun->is_bool() && begun->get_bool();
}

}  // namespace

Transfers::Transfers(Host& host)
    : host_(host), done_(host.counter("files_transfers_total", "Files transferred, both ways")),
      failed_(host.counter("files_transfers_failed_total", "File transfers that failed")),
      bytes_(host.counter("files_bytes_total", "Bytes of files transferred, both ways")),
      strange_(host.counter("files_reports_dropped_total",
                            "Reports of devices that belong to none of their sessions")) {
    host_.database([&](Poco::Data::Session& database) {
        sessions_.with([&](Sessions& all) {
            for (const auto& row : db::query(database, "SELECT id, body FROM p_files_session")) {
                auto session = sessionFrom(row.text(1));
                session.isClosed = true;
                all.insert_or_assign(row.text(0), std::move(session));
            }
        });
    });
}

void Transfers::declare(Registrar& reg) { reg.migration({2, "who transfers files", kTable, ""}); }

Schema Transfers::messageSchema() {
    auto transfer =
        Schema::object()
            .prop("tunnel", Schema::string().range(0, 256), "Id of the session.")
            .prop("direction", Schema::oneOf({"up", "down"}), "\"up\": to the device.")
            .prop("path", Schema::string().range(0, 4096), "At the device.")
            .prop("size", Schema::number(), "Bytes that went over.")
            .prop("sha256", Schema::string().range(0, 64), "Of the whole file; empty if unknown.")
            .prop("error", Schema::string().range(0, 1000), "Empty: it succeeded.")
            .prop("begun", Schema::boolean(), "It is not over yet.")
            .required({"tunnel", "direction", "path", "size"})
            .allowUnknown();
    return Schema::object()
        .prop("action", Schema::string(), "The name.")
        .prop("transfers", Schema::array(std::move(transfer)).range(1, 100), "What is over.")
        .required({"transfers"})
        .allowUnknown();
}

std::string Transfers::bodyOf(const Session& session) {
    return json::serialize(json::object{{"device", session.deviceId}, {"user", session.userId},
                                        {"address", session.address}, {"domain", session.domain},
                                        {"guest", session.guestName}});
}

Transfers::Session Transfers::sessionFrom(const std::string& body) {
    const auto value = json::parse(body);
    const auto& object = value.as_object();
    return {.deviceId = textOf(object, "device"), .userId = textOf(object, "user"),
            .address = textOf(object, "address"), .domain = textOf(object, "domain"),
            .guestName = textOf(object, "guest"), .begun = {}};
}

void Transfers::opened(const TunnelInfo& info) {
    Session session{.deviceId = info.deviceId, .userId = info.caller.userId, .address = info.caller.address,
                    .domain = info.caller.domain, .guestName = info.guestName, .begun = {}};
    auto body = bodyOf(session);
    const bool isTaken = sessions_.with([&](Sessions& all) {
        if (all.size() >= kMaxSessions) return false;
        all.insert_or_assign(info.id, std::move(session));
        return true;
    });
    if (isTaken) keep(info.id, body);
}

void Transfers::keep(const std::string& id, const std::string& body) {
    try {
        host_.blocking([this, id, body] {
            host_.database([&](Poco::Data::Session& database) {
                db::execute(database, "DELETE FROM p_files_session WHERE id = $1", {id});
                db::execute(database, "INSERT INTO p_files_session (id, body) VALUES ($1, $2)", {id, body});
            });
        });
    } catch (const Error& why) {
        // It is known as long as the server runs.
        host_.log().warning("a session is not kept over a restart: " + std::string(why.what()));
    }
}

void Transfers::closed(const std::string& tunnelId) {
    sessions_.with([&](Sessions& all) {
        const auto found = all.find(tunnelId);
        if (found != all.end()) found->second.isClosed = true;
    });
}

/// Nothing more is expected of it.
bool Transfers::isLate(const Session& session) {
    return session.closedFor > kGrace || (!session.begun.empty() && session.deviceThereFor > kSettled);
}

/// Of those that have something to report.
std::set<std::string> Transfers::devicesAway() {
    std::set<std::string> devices;
    sessions_.with([&](const Sessions& all) {
        for (const auto& [id, session] : all)
            if (session.isClosed && !session.begun.empty()) devices.insert(session.deviceId);
    });
    std::erase_if(devices, [&](const std::string& id) {
        const auto device = host_.device(id);
        return device && device->isOnline;
    });
    return devices;
}

void Transfers::tick() {
    const auto away = devicesAway();
    std::map<std::string, Session> late;
    sessions_.with([&](Sessions& all) {
        for (auto& [id, session] : all) {
            if (!session.isClosed) continue;
            session.closedFor += kTick;
            session.deviceThereFor = away.contains(session.deviceId) ? Seconds(0) : session.deviceThereFor + kTick;
            if (!isLate(session)) continue;
            late.emplace(id, session);
            session.begun.clear();
        }
        std::erase_if(all, [](const auto& entry) { return entry.second.closedFor > kGrace; });
    });
    std::vector<std::string> gone;
    for (const auto& [id, session] : late) {
        for (const auto& [direction, path] : session.begun)
            write(session, {{"direction", direction}, {"path", path}, {"size", 0},
                            {"error", "cut off: the device has not reported its end"}});
        if (session.closedFor > kGrace) gone.push_back(id);
    }
    if (gone.empty()) return;
    host_.database([&](Poco::Data::Session& database) {
        for (const auto& id : gone) db::execute(database, "DELETE FROM p_files_session WHERE id = $1", {id});
    });
}

void Transfers::take(const std::string& deviceId, const json::object& message) {
    for (const auto& entry : message.at("transfers").as_array()) {
        const auto& transfer = entry.as_object();
        const auto session = note(deviceId, transfer);
        if (!session) {
            strange_.add();
        } else if (!isBegun(transfer)) {
            write(*session, transfer);
        }
    }
}

/// Remembers what is under way. The session that it belongs to, none if it is not one of the device's.
std::optional<Transfers::Session> Transfers::note(const std::string& deviceId, const json::object& transfer) {
    return sessions_.with([&](Sessions& all) -> std::optional<Session> {
        const auto found = all.find(textOf(transfer, "tunnel"));
        if (found == all.end() || found->second.deviceId != deviceId) return std::nullopt;
        auto& begun = found->second.begun;
        const auto direction = textOf(transfer, "direction"), path = textOf(transfer, "path");
        if (isBegun(transfer)) {
            begun.insert_or_assign(direction, path);
        } else if (const auto own = begun.find(direction); own != begun.end() && own->second == path) {
            begun.erase(own);
        }
        return found->second;
    });
}

void Transfers::write(const Session& session, const json::object& transfer) {
    const auto error = textOf(transfer, "error");
    const auto size = transfer.at("size").to_number<double>();
    AuditEntry entry;
    entry.userId = session.userId;
    entry.address = session.address;
    entry.domain = session.domain;
    entry.action = textOf(transfer, "direction") == "up" ? "files.upload" : "files.download";
    entry.target = session.deviceId;
    entry.details = {{"path", textOf(transfer, "path")},
                     {"sizeBytes", size >= 0 && size < 9e15 ? static_cast<std::int64_t>(size) : 0},
                     {"sha256", textOf(transfer, "sha256")}};
    if (!session.guestName.empty()) entry.details["guest"] = session.guestName;
    if (!error.empty()) entry.details["error"] = error;
    entry.result = error.empty() ? "ok" : std::string(codeName(ErrorCode::Unavailable));
    host_.audit(entry);
    if (!error.empty()) {
        failed_.add();
        return;
    }
    done_.add();
    if (size > 0 && size < 9e15) bytes_.add(static_cast<std::uint64_t>(size));
}

}  // namespace files
