#include "recorder.hpp"

#include <filesystem>

#include <boost/json/serialize.hpp>

#include "jump_help.hpp"
#include "key_frames.hpp"
#include "place_file.hpp"

namespace recording {

using namespace trellis::sdk;
namespace fs = std::filesystem;

namespace {

/// Shows every frame of a tunnel to its session.
class Tap final : public TunnelHandler {
public:
    explicit Tap(std::shared_ptr<Session> session)
        : session_(std::move(session)), isDesktop_(session_->entry().protocol == protocol::kDesktop) {}

    void onOpen(const std::shared_ptr<TunnelControl>& control) override {
        control_ = control;
        session_->opened(control);
    }
    void onStart(std::string_view text) override { session_->add(Side::Viewer, true, text); }
    Verdict onFrame(Side side, Frame& frame) override {
        session_->add(side, frame.isText,
                      {reinterpret_cast<const char*>(frame.bytes.data()), frame.bytes.size()});
        if (isDesktop_ && side == Side::Device && !frame.isText && keys_.wantsOne(frame.bytes, nowMs())) {
            control_->send(Side::Device, std::string(KeyFrames::kRequest), false);
        }
        return Verdict::Forward;
    }
    void onClose(std::string_view) override { session_->closed(); }

private:
    std::shared_ptr<Session> session_;
    std::shared_ptr<TunnelControl> control_;
    const bool isDesktop_;
    KeyFrames keys_;
};

std::string seconds(const Entry& entry) { return std::to_string((entry.endMs - entry.startMs + 500) / 1000); }

/// agent-protocol specification, section 6.7: a line of text for whoever looks at the session. `recorded` is for
/// our page, which says so as long as it is true.
std::string consoleLine(const std::string& text) {
    return json::serialize(json::object{
        {"ctrlChannel", "102938"}, {"type", "console"}, {"msg", text}, {"msgid", nullptr}, {"recorded", false}});
}

}  // namespace

Recorder::Recorder(Host& host, std::shared_ptr<DeviceDirectory> directory, Policy policy)
    : host_(host), directory_(std::move(directory)), pages_(host.need<PageEvents>()), store_(host),
      live_(host.dataDir() + "/live"), files_(host.dataDir() + "/files"), indexes_(host.dataDir() + "/indexes"),
      recorded_(host.counter("recording_sessions_total", "Sessions that were recorded")),
      failed_(host.counter("recording_failures_total", "Sessions whose recording failed")),
      running_(host.gauge("recording_running", "Sessions that are recorded now")) {
    for (const auto& folder : {live_, files_, indexes_}) {
        std::error_code error;
        fs::create_directories(folder, error);
        if (error) throw Error(ErrorCode::Unavailable, folder + ": " + error.message());
        fs::permissions(folder, fs::perms::owner_all, error);
    }
    use(std::move(policy));
}

void Recorder::use(Policy policy) {
    for (const auto& name : policy.unknown(*directory_)) {
        host_.log().warning("an option names what is not there",
                            {{"option", name.option}, {"value", name.value}, {"why", name.why}});
    }
    policy_.with([&](auto& current) { current = std::make_shared<const Policy>(std::move(policy)); });
    noRoom_.with([&](auto& why) { why = whyNoRoom(); });
}

bool Recorder::wants(const TunnelInfo& info) {
    const auto policy = this->policy();
    if (isStopping_ || !policy->wants(info, *directory_)) return false;
    auto why = noRoom();
    if (policy->endsWhenFull || why.empty()) return true;
    try {
        host_.post([this, entry = entryOf(info), why = std::move(why)] { tellFailure(entry, why); });
    } catch (const Error&) {  // the queue is full of such events
    }
    return false;
}

Entry Recorder::entryOf(const TunnelInfo& info) const {
    Entry entry;
    entry.id = newId();
    entry.userId = info.caller.userId;
    entry.userName = info.caller.userName;
    entry.guest = info.guestName;
    entry.deviceId = info.deviceId;
    entry.domain = domainOf(info.deviceId);
    entry.sessionId = info.id;
    entry.viewerAddress = info.viewerAddress;
    entry.deviceAddress = info.deviceAddress;
    entry.protocol = info.protocol;
    entry.startMs = nowMs();
    entry.state = "live";
    if (const auto device = directory_->device(info.deviceId)) {
        entry.deviceName = device->name;
        entry.groupId = device->groupId;
        entry.groupName = device->groupName;
    }
    const auto user = entry.userId.substr(entry.userId.rfind('/') + 1);
    entry.name = mcrec::fileName(entry.domain, static_cast<std::uint64_t>(entry.startMs), user,
                                 entry.deviceName, entry.id.substr(0, 16));
    return entry;
}

std::unique_ptr<TunnelHandler> Recorder::open(const TunnelInfo& info) {
    if (const auto why = noRoom(); !why.empty()) {
        failed_.add();
        throw Error(ErrorCode::Unavailable, "this session has to be recorded, and can't be: " + why);
    }
    auto session = std::make_shared<Session>(*this, live_, entryOf(info), policy()->file);
    sessions_.with([&](auto& all) {
        all.emplace(session->entry().id, session);
        running_.set(static_cast<double>(all.size()));
    });
    try {
        host_.post([this, domain = session->entry().domain] { tellPages(domain); });
    } catch (const Error&) {  // a list that is read later
    }
    return std::make_unique<Tap>(std::move(session));
}

std::vector<Entry> Recorder::live(const std::string& domain) const {
    std::vector<Entry> entries;
    sessions_.with([&](const auto& all) {
        for (const auto& [id, session] : all) {
            if (session->entry().domain == domain) entries.push_back(session->entry());
        }
    });
    return entries;
}

bool Recorder::work(std::function<void()> task) {
    if (isStopping_) return false;
    try {
        host_.blocking(std::move(task));
        return true;
    } catch (const Error&) {
        return false;  // tick() tries again
    }
}

void Recorder::forget(const std::string& id) {
    sessions_.with([&](auto& all) {
        all.erase(id);
        running_.set(static_cast<double>(all.size()));
    });
}

void Recorder::makeHelp(const Entry& entry) {
    std::error_code error;
    if (fs::exists(indexPathOf(entry), error)) return;
    (void)work([entry, path = pathOf(entry), place = indexPathOf(entry)] {
        try {
            (void)helpFor(entry, path, place);
        } catch (const Error&) {  // whoever jumps is told
        }
    });
}

/// The entry is stored once the file is in its place, and only then the file goes from `live`: whatever
/// happens between, adopt() finds it there.
bool Recorder::keep(Entry& entry, const SessionFile::Lines& lines) {
    const auto part = live_ + "/" + entry.name + ".part";
    try {
        const bool isStored = store_.has(entry.name);
        placeFile(part, pathOf(entry));
        if (!isStored) store_.add(entry, lines);
        fs::remove(part);
        return true;
    } catch (const std::exception& error) {
        hasLeftovers_ = true;
        host_.log().warning("recording not stored yet", {{"file", entry.name}, {"why", error.what()}});
        return false;
    }
}

void Recorder::finished(SessionFile& file) {
    auto entry = file.entry();
    if (entry.state == "live") entry.state = "done";
    if (keep(entry, file.lines())) {
        recorded_.add();
        tellEnd(entry);
        makeHelp(entry);
    }
    forget(entry.id);
    tellPages(entry.domain);
}

void Recorder::failed(const Entry& entry, SessionFile* file, const std::string& why) {
    failed_.add();
    std::shared_ptr<TunnelControl> control;
    sessions_.with([&](auto& all) {
        const auto found = all.find(entry.id);
        if (found != all.end()) control = found->second->control();
    });
    host_.log().error("session not recorded", {{"file", entry.name}, {"why", why}});
    hasFailed_ = true;
    host_.degraded("sessions can't be recorded: " + why);
    tellFailure(entry, why);
    const bool ends = policy()->endsWhenFull;
    const std::string sentence = ends ? "this session can't be recorded any more: " + why
                                      : "This session is not recorded any more: " + why;
    if (control && ends) control->close(sentence);
    if (control && !ends) {
        control->send(Side::Viewer, consoleLine(sentence), true);
        control->send(Side::Device, consoleLine(sentence), true);
    }
    if (file != nullptr) keepPart(*file, why);
    forget(entry.id);
    tellPages(entry.domain);
}

void Recorder::tellFailure(const Entry& entry, const std::string& why) {
    LogEvent event;
    event.etype = "relay";
    event.action = "recordingFailed";
    event.text = "Recording of the session failed: " + why;
    event.domain = entry.domain;
    event.userId = entry.userId;
    event.userName = entry.userName;
    event.deviceId = entry.deviceId;
    event.extra = {{"protocol", entry.protocol}};
    host_.record(event);
}

/// What there is of a session whose recording failed.
void Recorder::keepPart(SessionFile& file, const std::string& why) {
    try {
        file.finish(nowMs());
        auto entry = file.entry();
        entry.state = "cut";
        entry.note = why;
        if (keep(entry, file.lines())) tellEnd(entry);
    } catch (const Error&) {
        hasLeftovers_ = true;  // not even that: adopt() ends the file when there is room
    }
}

void Recorder::tellEnd(const Entry& entry) {
    LogEvent event;
    event.etype = "relay";
    event.action = "recording";
    event.text = "Finished recording session, " + seconds(entry) + " second(s)";
    event.domain = entry.domain;
    event.userId = entry.userId;
    event.userName = entry.userName;
    event.deviceId = entry.deviceId;
    event.extra = {{"filename", entry.name},
                   {"size", entry.size},
                   {"protocol", entry.protocol},
                   {"userids", json::array{entry.userId}},
                   {"startTime", entry.startMs},
                   {"lengthTime", (entry.endMs - entry.startMs + 500) / 1000},
                   {"meshid", entry.groupId},
                   {"name", entry.deviceName},
                   {"icon", 1},
                   {"meshname", entry.groupName}};
    host_.record(event);
}

void Recorder::tellPages(const std::string& domain) {
    if (!pages_) return;
    pages_->tell({{"action", "recording.changed"}}, [&](const std::string& userId) {
        const auto user = directory_->user(userId);
        return user && !user->isLocked && user->domain == domain &&
               (user->siteRights & site_right::kRecordings) != 0;
    });
}

void Recorder::stop() {
    isStopping_ = true;
    std::vector<std::shared_ptr<Session>> sessions;
    sessions_.with([&](auto& all) {
        for (const auto& [id, session] : all) sessions.push_back(session);
    });
    for (const auto& session : sessions) session->finishNow();
}

}  // namespace recording
