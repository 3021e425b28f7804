// What the recorder does beside the sessions: the disk, what was left, what is too old.
#include "recorder.hpp"

#include <algorithm>
#include <filesystem>

#include "place_file.hpp"

namespace recording {

using namespace trellis::sdk;
namespace fs = std::filesystem;

namespace {

constexpr std::int64_t kDayMs = 86'400'000;
/// Entries of removed recordings say for this long that there was one.
constexpr std::int64_t kForgetDays = 366;
/// A try may read whole files, so the time between two doubles.
constexpr int kTicksToTryAgain = 60, kMostTicks = 3600;

} // namespace

std::string Recorder::whyNoRoom() {
    const auto minFree = policy()->file.minFree;
    for (const auto& folder : {live_, files_}) { // may be on two disks
        if (auto why = roomProblem(folder, minFree); !why.empty())
            return why;
    }
    if (!hasFailed_)
        return {};
    auto why = tryWriting(live_);
    if (why.empty())
        hasFailed_ = false;
    return why;
}

void Recorder::tick() {
    const auto why = whyNoRoom();
    noRoom_.with([&](auto& current) { current = why; });
    if (!why.empty()) {
        host_.degraded("sessions can't be recorded: " + why);
    } else if (!stuck_.empty()) {
        host_.degraded("recordings can't be removed: " + std::to_string(stuck_.size()) +
                       ", the first is " + *stuck_.begin());
    } else {
        host_.healthy();
    }
    std::vector<std::shared_ptr<Session>> sessions;
    sessions_.with([&](auto& all) {
        for (const auto& [id, session] : all)
            sessions.push_back(session);
    });
    for (const auto& session : sessions)
        session->sweep();
    if (hasLeftovers_ && --ticksToAdopt_ <= 0)
        adopt();
}

bool Recorder::isLive(const std::string& name) const {
    return sessions_.with([&](const auto& all) {
        return std::any_of(all.begin(), all.end(),
                           [&](const auto& each) { return each.second->entry().name == name; });
    });
}

/// Looks at what is left in `live` once more, later.
void Recorder::again() {
    hasLeftovers_ = true;
    ticksBetween_ = std::clamp(ticksBetween_ * 2, kTicksToTryAgain, kMostTicks);
    ticksToAdopt_ = ticksBetween_;
}

void Recorder::adopt() {
    hasLeftovers_ = false;
    std::vector<fs::path> left;
    std::error_code error;
    for (fs::directory_iterator at(live_, error), end; !error && at != end; at.increment(error))
        left.push_back(at->path());
    bool isDone = !error;
    for (const auto& path : left) {
        const auto name = path.stem().string();
        if (path.extension() != ".part" || !mcrec::isFileName(name) || isLive(name))
            continue;
        isDone = adoptOne(path.string(), name) && isDone;
    }
    if (isDone) {
        ticksBetween_ = 0;
    } else {
        again();
    }
}

/// False: it has to be tried again.
bool Recorder::adoptOne(const std::string& path, const std::string& name) {
    try {
        (void)store_.has(name); // a database that is away is found out before the file is read
        auto mended = mend(path, name, policy()->file);
        if (const auto device = directory_->device(mended.entry.deviceId)) {
            mended.entry.groupId = device->groupId;
            mended.entry.groupName = device->groupName;
        }
        if (!keep(mended.entry, mended.lines))
            return false;
        tellEnd(mended.entry);
        tellPages(mended.entry.domain);
        makeHelp(mended.entry);
        return true;
    } catch (const Error& problem) {
        if (problem.code() != ErrorCode::InvalidArgument) {
            host_.log().warning("left file not taken in yet",
                                {{"file", name}, {"why", problem.what()}});
            return false;
        }
        const auto aside = path + ".unreadable";
        std::error_code error;
        fs::rename(path, aside, error);
        host_.log().warning("left file is no recording, it is kept aside",
                            {{"file", aside}, {"why", problem.what()}});
        return !error;
    }
}

void Recorder::remove(const Entry& entry, const std::string& note) {
    if (const auto why = removeFile(entry); !why.empty())
        throw Error(ErrorCode::Unavailable, "the file can't be removed: " + why);
    store_.markRemoved(entry.id, note);
}

/// Why that failed, or "".
std::string Recorder::removeFile(const Entry& entry) {
    std::error_code error;
    fs::remove(pathOf(entry), error);
    if (error)
        return error.message();
    fs::remove(indexPathOf(entry), error);
    return {};
}

void Recorder::tidy() {
    const auto now = nowMs();
    const auto policy = this->policy();
    auto entries = store_.present();
    std::int64_t total = 0;
    for (const auto& entry : entries)
        total += entry.size;
    std::set<std::string> stuck;
    for (const auto& entry : entries) {
        const bool isOld = policy->keepDays > 0 && entry.endMs < now - policy->keepDays * kDayMs;
        const bool isTooMuch = policy->maxTotal > 0 && total > policy->maxTotal;
        if (!isOld && !isTooMuch)
            continue;
        if (const auto why = removeFile(entry); !why.empty()) { // the others go
            if (!stuck_.contains(entry.name))
                host_.log().warning("recording can't be removed",
                                    {{"file", entry.name}, {"why", why}});
            stuck.insert(entry.name);
            continue;
        }
        store_.markRemoved(entry.id, isOld ? "removed by age" : "removed by the total size");
        total -= entry.size;
        host_.log().info("recording removed",
                         {{"file", entry.name}, {"why", isOld ? "age" : "size"}});
    }
    stuck_ = std::move(stuck);
    store_.forget(now - kForgetDays * kDayMs);
}

} // namespace recording
