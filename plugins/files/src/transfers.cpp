#include "transfers.hpp"

#include <optional>

#include <trellis/sdk/error.hpp>

#include "members.hpp"

namespace files {

using namespace trellis::sdk;

namespace {

constexpr Seconds kGrace{120};
constexpr std::size_t kMaxSessions = 20'000;

}  // namespace

Transfers::Transfers(Host& host)
    : host_(host), done_(host.counter("files_transfers_total", "Files transferred, both ways")),
      failed_(host.counter("files_transfers_failed_total", "File transfers that failed")),
      bytes_(host.counter("files_bytes_total", "Bytes of files transferred, both ways")),
      strange_(host.counter("files_reports_dropped_total",
                            "Reports of devices that belong to none of their sessions")) {}

Schema Transfers::messageSchema() {
    auto transfer =
        Schema::object()
            .prop("tunnel", Schema::string().range(0, 256), "Id of the session.")
            .prop("direction", Schema::oneOf({"up", "down"}), "\"up\": to the device.")
            .prop("path", Schema::string().range(0, 4096), "At the device.")
            .prop("size", Schema::number(), "Bytes that went over.")
            .prop("sha256", Schema::string().range(0, 64), "Of the whole file; empty if unknown.")
            .prop("error", Schema::string().range(0, 1000), "Empty: it succeeded.")
            .required({"tunnel", "direction", "path", "size"})
            .allowUnknown();
    return Schema::object()
        .prop("action", Schema::string(), "The name.")
        .prop("transfers", Schema::array(std::move(transfer)).range(1, 100), "What is over.")
        .required({"transfers"})
        .allowUnknown();
}

void Transfers::forgetOld(Sessions& sessions) {
    const auto now = Clock::now();
    std::erase_if(sessions, [&](const auto& entry) { return entry.second.endsAt < now; });
}

void Transfers::opened(const TunnelInfo& info) {
    Session session{info.deviceId, info.caller.userId, info.caller.address, info.caller.domain,
                    info.guestName};
    sessions_.with([&](Sessions& all) {
        if (all.size() % 64 == 0 || all.size() >= kMaxSessions) forgetOld(all);
        if (all.size() < kMaxSessions) all.insert_or_assign(info.id, std::move(session));
    });
}

void Transfers::closed(const std::string& tunnelId) {
    sessions_.with([&](Sessions& all) {
        const auto found = all.find(tunnelId);
        if (found != all.end()) found->second.endsAt = Clock::now() + kGrace;
    });
}

void Transfers::take(const std::string& deviceId, const json::object& message) {
    for (const auto& entry : message.at("transfers").as_array()) {
        const auto& transfer = entry.as_object();
        const auto id = textOf(transfer, "tunnel");
        const auto session = sessions_.with([&](Sessions& all) -> std::optional<Session> {
            const auto found = all.find(id);
            if (found == all.end() || found->second.deviceId != deviceId) return std::nullopt;
            return found->second;
        });
        if (session) {
            write(*session, transfer);
        } else {
            strange_.add();
        }
    }
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
