#include "pushes.hpp"

#include "members.hpp"
#include "push_store.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>
#include <utility>

#include <boost/json/serialize.hpp>
#include <boost/json/value_to.hpp>
#include <trellis/sdk/error.hpp>
#include <trellis/wire/hash.hpp>
#include <trellis/wire/text.hpp>

namespace files {

using namespace trellis::sdk;
namespace wire = trellis::wire;

namespace {

constexpr std::int64_t kRange = 2 * 1024 * 1024;  // bytes of one answer to a device
constexpr std::int64_t kSilentMs = 180'000;       // a device that runs and asks for nothing
constexpr std::int64_t kTellAgainMs = 5'000;      // its script may not have been there when it was told
constexpr std::size_t kAtOnceForOne = 4;          // files that one device fetches at the same time
constexpr const char* kUploadUse = "push-upload";
constexpr const char* kFetchUse = "push-fetch";

std::int64_t nowMs() {
    return std::chrono::duration_cast<Milliseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

std::string newToken() {
    return wire::encodeHex(wire::ByteView(wire::randomNonce()).first(12), wire::HexCase::Lower);
}

std::string queryOf(const HttpRequest& request, const char* name) {
    const auto found = request.query.find(name);
    return found == request.query.end() ? std::string() : found->second;
}

HttpResponse answer(int status, json::object body) {
    HttpResponse response;
    response.status = status;
    response.headers.emplace_back("Content-Type", "application/json");
    response.body = json::serialize(body);
    return response;
}

std::string hashOfFile(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    wire::Sha384 sum;
    std::vector<char> block(256 * 1024);
    while (in) {
        in.read(block.data(), static_cast<std::streamsize>(block.size()));
        sum.update(std::as_bytes(std::span(block.data(), static_cast<std::size_t>(in.gcount()))));
    }
    const auto hash = sum.finish();
    return wire::encodeHex(hash, wire::HexCase::Lower);
}

/// Throws Error{Unavailable} with the system's reason, such as a full disk.
void append(const std::string& path, const std::string& bytes, std::int64_t at) {
    const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    std::size_t done = 0;
    while (file >= 0 && done < bytes.size()) {
        const auto count = ::pwrite(file, bytes.data() + done, bytes.size() - done,
                                    static_cast<off_t>(at) + static_cast<off_t>(done));
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) break;
        done += static_cast<std::size_t>(count);
    }
    const auto why = std::string(std::strerror(errno));
    if (file >= 0) ::close(file);
    if (file < 0 || done < bytes.size())
        throw Error(ErrorCode::Unavailable, "the server could not store the file: " + why);
}

}  // namespace

Pushes::Pushes(Host& host, PushLimits limits)
    : host_(host), limits_(limits), folder_(host.dataDir() + "/push/"), directory_(host.need<DeviceDirectory>()),
      page_(host.need<PageEvents>()) {
    std::filesystem::create_directories(folder_);
    All found;
    host_.database([&](Poco::Data::Session& session) { found = loadPushes(session); });
    for (auto& [id, push] : found) {
        for (auto& run : push.runs)  // whoever ran is told again when it is there
            if (run.state == state::kRunning) run.state = state::kQueued;
    }
    all_.with([&](All& all) { all = std::move(found); });
}

bool Pushes::mayUse(const Push& push, const std::string& deviceId) const {
    if (!directory_) return false;
    const auto device = directory_->device(deviceId);
    if (!device || device->domain != push.domain) return false;
    if (push.ownerId.empty()) return true;
    const auto rights = directory_->rights(push.ownerId, deviceId);
    if (!rights || !(*rights & device_right::kRemoteControl)) return false;
    return *rights == device_right::kAdmin || !(*rights & device_right::kNoFiles);
}

bool Pushes::isOwner(const Push& push, const Caller& caller) {
    if (caller.isLocalAdmin) return true;
    if (caller.domain != push.domain) return false;
    return caller.siteRights == site_right::kAdmin || caller.userId == push.ownerId;
}

std::string Pushes::fileOf(const Push& push) const {
    return folder_ + push.id;
}

json::value Pushes::begin(const Caller& caller, const json::object& args) {
    const auto text = [&](const char* name) { return json::value_to<std::string>(args.at(name)); };
    Push push;
    push.id = newToken();
    push.ownerId = caller.isLocalAdmin ? "" : caller.userId;
    push.ownerName = caller.userName;
    push.address = caller.address;
    push.domain = caller.domain;
    push.name = text("name");
    push.path = text("path");
    push.windowsPath = text("windowsPath");
    push.exists = text("exists");
    push.size = args.at("size").as_int64();
    push.createdMs = nowMs();
    push.expiresMs = push.createdMs + args.at("wait_h").as_int64() * 3'600'000;
    if (push.name == "." || push.name == ".." || push.name.find_first_of("/\\") != std::string::npos)
        throw Error(ErrorCode::InvalidArgument, "a name, not a path, is expected", "/name");
    if (push.size > limits_.fileBytes)
        throw Error(ErrorCode::InvalidArgument, "the file is larger than the server takes", "/size");
    std::size_t at = 0;
    for (const auto& entry : args.at("devices").as_array()) {
        const auto id = json::value_to<std::string>(entry);
        const auto place = "/devices/" + std::to_string(at++);
        if (!mayUse(push, id)) throw Error(ErrorCode::Forbidden, "no right to send files there", place);
        Run run;
        run.token = newToken();
        run.device = id;
        run.name = directory_->device(id)->name;
        push.runs.push_back(std::move(run));
    }
    if (static_cast<std::int64_t>(push.runs.size()) > limits_.devices)
        throw Error(ErrorCode::InvalidArgument, "too many devices at once", "/devices");
    all_.with([&](All& all) {
        std::int64_t stored = push.size;
        for (const auto& [id, other] : all) stored += other.needsFile(push.createdMs) ? other.size : 0;
        if (stored > limits_.storageBytes)
            throw Error(ErrorCode::Unavailable, "the server's room for files to be sent is full");
        save(push);
        all.emplace(push.id, push);
    });
    store();
    if (push.size == 0) {
        append(fileOf(push), "", 0);
        finishReceiving(push.id);
    }
    const auto token = host_.seal(kUploadUse, {{"push", push.id}}, Seconds(24 * 3600));
    return json::object{{"push", push.id}, {"upload", "/plugins/files/push?t=" + token}};
}

HttpResponse Pushes::receive(const HttpRequest& request) {
    const auto body = host_.unseal(kUploadUse, queryOf(request, "t"));
    if (!body) throw Error(ErrorCode::Forbidden, "the address is no longer good");
    const auto id = json::value_to<std::string>(body->at("push"));
    const auto from = queryOf(request, "offset");
    std::int64_t offset = -1;
    std::from_chars(from.data(), from.data() + from.size(), offset);
    const auto push = all_.with([&](All& all) -> std::optional<Push> {
        const auto found = all.find(id);
        return found == all.end() ? std::nullopt : std::optional(found->second);
    });
    if (!push || push->isOver()) throw Error(ErrorCode::NotFound, "it was cancelled");
    const auto count = static_cast<std::int64_t>(request.body.size());
    if (push->isWhole || offset != push->received || count > push->size - offset)
        return answer(409, {{"at", push->received}});
    append(fileOf(*push), request.body, offset);
    const bool isLast = offset + count == push->size;
    all_.with([&](All& all) {
        const auto found = all.find(id);
        if (found != all.end() && found->second.received == offset)
            found->second.received = offset + count;
    });
    if (isLast) finishReceiving(id);
    return answer(200, {{"at", offset + count}});
}

void Pushes::finishReceiving(const std::string& id) {
    const auto hash = hashOfFile(folder_ + id);
    all_.with([&](All& all) {
        const auto found = all.find(id);
        if (found == all.end()) return;
        found->second.sha384 = hash;
        found->second.isWhole = true;
        save(found->second);
    });
    host_.post([this] { tick(); });
}

HttpResponse Pushes::fetch(const HttpRequest& request) {
    const auto body = host_.unseal(kFetchUse, queryOf(request, "t"));
    if (!body) throw Error(ErrorCode::Forbidden, "the address is no longer good");
    const auto token = json::value_to<std::string>(body->at("run"));
    const auto range = request.headers.find("range");
    std::int64_t from = 0, to = 0;
    const auto file = all_.with([&](All& all) -> std::string {
        const auto found = all.find(json::value_to<std::string>(body->at("push")));
        if (found == all.end()) return {};
        auto& push = found->second;
        const auto run = std::find_if(push.runs.begin(), push.runs.end(),
                                      [&](const Run& each) { return each.token == token; });
        if (run == push.runs.end() || run->state != state::kRunning) return {};
        if (range == request.headers.end() || !parseRange(range->second, push.size, kRange, from, to))
            throw Error(ErrorCode::InvalidArgument, "expected a range of at most 2 MiB");
        run->at = from;
        run->seenMs = nowMs();
        run->hasAsked = true;
        tell(push);
        return fileOf(push);
    });
    if (file.empty()) throw Error(ErrorCode::NotFound, "it was cancelled");
    HttpResponse response;
    response.status = 206;
    response.headers.emplace_back("Content-Type", "application/octet-stream");
    response.body.resize(static_cast<std::size_t>(to - from + 1));
    std::ifstream in(file, std::ios::binary);
    in.seekg(from);
    if (!in.read(response.body.data(), static_cast<std::streamsize>(response.body.size())))
        throw Error(ErrorCode::Unavailable, "the file can't be read");
    return response;
}

void Pushes::fetched(const std::string& deviceId, const json::object& message) {
    const auto token = json::value_to<std::string>(message.at("run"));
    const auto* why = message.if_contains("error");
    const auto error = why && why->is_string() ? json::value_to<std::string>(*why) : std::string();
    all_.with([&](All& all) {
        for (auto& [id, push] : all) {
            for (auto& run : push.runs) {
                if (run.token != token || run.device != deviceId || run.isFinal()) continue;
                if (error.empty()) run.at = push.size;
                run.placed = textOf(message, "path");
                end(push, run, error.empty() ? state::kDone : state::kFailed, error);
                save(push);
                return;
            }
        }
    });
    host_.post([this] { tick(); });
}

void Pushes::end(Push& push, Run& run, const char* state, const std::string& error) {
    run.state = state;
    run.error = error;
    AuditEntry entry;
    entry.userId = push.ownerId;
    entry.address = push.address;
    entry.domain = push.domain;
    entry.action = "files.push";
    entry.target = run.device;
    entry.details = {{"path", run.placed.empty() ? push.path + "/" + push.name : run.placed},
                     {"sizeBytes", push.size}, {"sha384", push.sha384}, {"state", run.state}};
    if (!error.empty()) entry.details["error"] = error;
    entry.result = run.state == state::kDone ? "ok" : std::string(codeName(ErrorCode::Unavailable));
    audits_.with([&](auto& audits) { audits.push_back(std::move(entry)); });
    tell(push);
}

/// A device that connects knows nothing of what it was told before it went away.
void Pushes::connected(const std::string& deviceId) {
    all_.with([&](All& all) {
        for (auto& [id, push] : all)
            for (auto& run : push.runs)
                if (run.device == deviceId && run.state == state::kRunning) run.state = state::kQueued;
    });
    tick();
}

/// Without the lock: it may wait for the server.
void Pushes::send(const Order& order) {
    auto message = order.message;
    message["url"] = "/plugins/files/fetch?t=" +
                     host_.seal(kFetchUse, {{"push", order.push}, {"run", order.run}}, order.lifetime);
    if (host_.sendToDevice(order.device, message)) return;
    all_.with([&](All& all) { // not there after all: its turn comes again
        const auto push = all.find(order.push);
        if (push == all.end()) return;
        for (auto& run : push->second.runs)
            if (run.token == order.run && run.state == state::kRunning) run.state = state::kQueued;
        tell(push->second);
    });
}

Pushes::Order Pushes::orderOf(const Push& push, const Run& run, std::int64_t now) {
    const auto left = std::max<std::int64_t>((push.expiresMs - now) / 1000, 60);
    return {push.id, run.token, run.device, Seconds(left + 3600),
            {{"action", "files.fetch"}, {"run", run.token}, {"name", push.name}, {"path", push.path},
             {"windowsPath", push.windowsPath}, {"size", push.size}, {"sha384", push.sha384},
             {"exists", push.exists}, {"range", kRange}}};
}

void Pushes::advance(Push& push, std::int64_t now, Running& running, std::vector<Order>& orders) {
    bool isChanged = false;
    for (auto& run : push.runs) {
        if (run.state == state::kRunning && !run.hasAsked && now - run.toldMs > kTellAgainMs) {
            run.toldMs = now;
            orders.push_back(orderOf(push, run, now));
        }
        if (run.state == state::kRunning && now - run.seenMs > kSilentMs) {
            end(push, run, state::kFailed, "the device no longer answers");
            isChanged = true;
        }
        if (run.state == state::kQueued && now > push.expiresMs) {
            end(push, run, state::kExpired, "");
            isChanged = true;
        }
        if (run.state != state::kQueued || running.all >= static_cast<std::size_t>(limits_.atOnce) ||
            running.byDevice[run.device] >= kAtOnceForOne) {
            continue;
        }
        const auto device = directory_ ? directory_->device(run.device) : std::nullopt;
        if (device && !device->isOnline) continue;
        if (!mayUse(push, run.device)) {
            end(push, run, state::kDenied, "");
            isChanged = true;
            continue;
        }
        orders.push_back(orderOf(push, run, now));
        run.state = state::kRunning;
        run.seenMs = run.toldMs = now;
        run.hasAsked = false;
        ++running.all;
        ++running.byDevice[run.device];
        tell(push);
    }
    if (isChanged) save(push);
}

void Pushes::tick() {
    const auto now = nowMs();
    std::vector<std::string> over;
    std::vector<Order> orders;
    all_.with([&](All& all) {
        Running running;
        for (const auto& [id, push] : all) {
            for (const auto& run : push.runs) {
                if (run.state != state::kRunning) continue;
                ++running.all;
                ++running.byDevice[run.device];
            }
        }
        for (auto entry = all.begin(); entry != all.end();) {
            auto& push = entry->second;
            if (push.isWhole) {
                advance(push, now, running, orders);
            } else if (now - push.createdMs > 24 * 3'600'000) {
                for (auto& run : push.runs)
                    if (!run.isFinal()) end(push, run, state::kCancelled, "the file never arrived");
                save(push);
            }
            if (!push.needsFile(now)) over.push_back(push.id);
            const bool isOld = now - push.createdMs > limits_.keepDays * 86'400'000;
            if (isOld && push.isOver()) {
                dirty_.with([&](auto& dirty) { dirty[push.id] = ""; });
                entry = all.erase(entry);
            } else {
                ++entry;
            }
        }
    });
    for (const auto& order : orders) send(order);
    for (const auto& file : over) {
        std::error_code ignored;
        std::filesystem::remove(folder_ + file, ignored);
    }
    store();
    for (const auto& [id, owner] : changed_.with([](auto& kept) { return std::exchange(kept, {}); })) {
        if (page_)
            page_->tell({{"action", "files.pushChanged"}, {"push", id}},
                        [&owner = owner](const std::string& user) { return user == owner; });
    }
}

/// What changed goes to the database and into the audit trail: never while the lock is held.
void Pushes::store() {
    for (const auto& entry : audits_.with([](auto& kept) { return std::exchange(kept, {}); }))
        host_.audit(entry);
    const auto dirty = dirty_.with([](auto& kept) { return std::exchange(kept, {}); });
    if (!dirty.empty())
        host_.database([&](Poco::Data::Session& session) { storePushes(session, dirty); });
}

/// Stored at the next turn: never while the lock is held.
void Pushes::save(const Push& push) {
    dirty_.with([&](auto& dirty) { dirty[push.id] = json::serialize(toJson(push)); });
}

/// At the next turn as well: a device asks for many ranges a second.
void Pushes::tell(const Push& push) {
    changed_.with([&](auto& changed) { changed[push.id] = push.ownerId; });
}

}  // namespace files
