#include "agent/desktop/hub.hpp"

#include "agent/base/log.hpp"

#include <csignal>
#include <cstdio>
#include <deque>
#include <stdexcept>

namespace trellis::device::desktop {
namespace {
constexpr std::size_t kMaxViewers = 64;
/// Ours: a viewer's commands that the program has not read; more is refused.
constexpr std::size_t kMaxCommands = 4 * 1024 * 1024;
/// An end without a word from the program.
const std::string kBroken = "the desktop session has ended unexpectedly";
const std::string kLost = "the X server has gone";
constexpr Milliseconds kTryEvery{500};
constexpr Milliseconds kLookEvery{1'000};
const wire::Bytes kYes{std::byte{1}};
const wire::Bytes kNo{std::byte{0}};
}  // namespace

class Hub::Desk : private Process::Handler, public std::enable_shared_from_this<Hub::Desk> {
public:
    Desk(Hub& hub, std::string name, const ProgramOptions& options)
        : hub_(hub), name_(std::move(name)), process_(hub.loop_, *this, options) {}

    const std::string& name() const noexcept { return name_; }
    bool has(ViewerId viewer) const { return seats_.contains(viewer); }
    const Seat& seatOf(ViewerId viewer) const { return seats_.at(viewer).seat; }
    std::vector<ViewerId> viewers() const {
        std::vector<ViewerId> all;
        for (const auto& [viewer, place] : seats_) all.push_back(viewer);
        return all;
    }
    std::size_t count() const noexcept { return seats_.size(); }
    std::size_t queued() const noexcept { return process_.queued(); }

    void open(ViewerId viewer, const Seat& seat) {
        seats_[viewer].seat = seat;
        send(viewer, LinkKind::Open, writeOptions(seat.options));
        if (seat.locksAtEnd) send(viewer, LinkKind::AutoLock, kYes);
        if (seat.blanks) send(viewer, LinkKind::Blank, kYes);
    }
    void close(ViewerId viewer) {
        seats_.erase(viewer);
        send(viewer, LinkKind::Close, {});
        // The program ends by itself behind this: what it owes to the session (keys, lock) comes first.
        if (seats_.empty()) process_.closeInput();
    }
    /// He goes to another screen, which is not the end of his session.
    void leave(ViewerId viewer) {
        send(viewer, LinkKind::AutoLock, kNo);
        close(viewer);
    }
    void send(ViewerId viewer, LinkKind kind, wire::ByteView payload) {
        const auto found = seats_.find(viewer);
        if (kind == LinkKind::AutoLock && found != seats_.end() && !payload.empty()) {
            found->second.seat.locksAtEnd = payload[0] != std::byte{0};
        }
        if (kind == LinkKind::Blank && found != seats_.end() && !payload.empty()) {
            found->second.seat.blanks = payload[0] != std::byte{0};
        }
        std::string frame;
        writeFrame(frame, viewer, kind, payload);
        process_.write(frame);
    }
    void pause(ViewerId viewer, bool isPaused) {
        const auto found = seats_.find(viewer);
        if (found == seats_.end()) return;
        found->second.seat.isPaused = isPaused;
        if (!isPaused) deliver(viewer);
    }
private:
    struct Waiting {
        LinkKind kind;
        wire::Bytes bytes;
    };
    struct Place {
        Seat seat;
        bool isBusy = false;
        std::deque<Waiting> waiting;  // bounded by the credit
    };

    void onOutput(bool isError, std::string_view bytes) override {
        const auto self = shared_from_this();
        if (isError) {
            // Its log lines go where ours go.
            std::fwrite(bytes.data(), 1, bytes.size(), stderr);
            return;
        }
        if (!reader_.read(bytes, [&](const LinkFrame& frame) { take(frame); })) {
            process_.signal(SIGKILL);
        }
    }
    void onDrained() override {}
    void onExit(int code, int /*signal*/) override {
        const auto self = shared_from_this();
        hub_.drop(*this);
        const bool isServer = code == kServerLost;
        const auto reason = isServer ? kLost : reason_.empty() ? kBroken : reason_;
        for (auto& [viewer, place] : std::exchange(seats_, {})) {
            if (isServer && !place.seat.lostAt) place.seat.lostAt = Clock::now();
            const auto why = place.seat.lostAt ? kLost : reason;
            hub_.lose(viewer, std::move(place.seat), why);
        }
        hub_.settle(false);
    }

    void take(const LinkFrame& frame) {
        if (frame.kind == LinkKind::Failed && frame.viewer == 0) {
            reason_ = std::string(wire::textOf(frame.payload.first(std::min<std::size_t>(
                frame.payload.size(), 1'000))));
            return;
        }
        if (frame.kind == LinkKind::Name) {
            name_ = hub_.rename(*this, std::string(wire::textOf(frame.payload)));
            return;
        }
        const auto found = seats_.find(frame.viewer);
        if (found == seats_.end()) return;
        auto& waiting = found->second.waiting;
        // Only the newest text counts; credit does not bound them.
        if (frame.kind == LinkKind::Clipboard) {
            std::erase_if(waiting, [](const auto& each) { return each.kind == LinkKind::Clipboard; });
        }
        waiting.push_back({frame.kind, {frame.payload.begin(), frame.payload.end()}});
        deliver(frame.viewer);
    }

    /// The spectator may close himself or others meanwhile, or pause.
    void deliver(ViewerId viewer) {
        const auto self = shared_from_this();
        auto found = seats_.find(viewer);
        if (found == seats_.end() || found->second.isBusy) return;
        found->second.isBusy = true;
        std::uint32_t passed = 0;
        while (found != seats_.end() && !found->second.seat.isPaused && !found->second.waiting.empty()) {
            const auto each = std::move(found->second.waiting.front());
            found->second.waiting.pop_front();
            found->second.seat.lostAt.reset();
            if (each.kind == LinkKind::Message) passed += static_cast<std::uint32_t>(each.bytes.size());
            pass(*found->second.seat.spectator, each);
            found = seats_.find(viewer);
        }
        if (found == seats_.end()) return;
        found->second.isBusy = false;
        if (passed == 0) return;
        wire::Bytes credit;
        wire::appendU32(credit, passed);
        send(viewer, LinkKind::Credit, credit);
    }

    static void pass(Spectator& spectator, const Waiting& each) {
        const auto text = wire::textOf(each.bytes);
        switch (each.kind) {
        case LinkKind::Message: spectator.onMessage(each.bytes); return;
        case LinkKind::Control: spectator.onControl(text); return;
        case LinkKind::Clipboard: spectator.onClipboard(text); return;
        default: return;
        }
    }

    Hub& hub_;
    std::string name_;
    std::map<ViewerId, Place> seats_;
    LinkReader reader_;
    std::string reason_;
    Process process_;
};

Hub::Hub(Loop& loop, DesktopProgram find, Milliseconds patience, Situation situation)
    : loop_(loop), find_(std::move(find)), patience_(patience), situation_(std::move(situation)),
      again_(loop), follow_(loop) {}
Hub::~Hub() = default;

ViewerId Hub::open(Spectator& spectator, const DesktopWish& wish, const ViewerOptions& options) {
    std::size_t count = waiting_.size();
    for (const auto& [name, desk] : desks_) count += desk->count();
    if (count >= kMaxViewers) throw std::runtime_error("too many desktop sessions are open");
    do {
        ++lastId_;
    } while (lastId_ == 0 || deskOf(lastId_) != nullptr || waiting_.contains(lastId_));
    Seat seat;
    seat.spectator = &spectator;
    seat.wish = wish;
    seat.options = options;
    place(lastId_, seat);
    return lastId_;
}

void Hub::place(ViewerId viewer, const Seat& seat) {
    auto [name, program] = find_(seat.wish);
    const auto found = desks_.find(name);
    // One that nobody watches any more is about to end.
    if (found != desks_.end() && found->second->count() == 0) drop(*found->second);
    auto& desk = desks_[name];
    if (!desk) {
        try {
            desk = std::make_shared<Desk>(*this, name, program);
        } catch (...) {
            desks_.erase(name);
            throw;
        }
    }
    desk->open(viewer, seat);
    if (situation_ && !follow_.isActive()) {
        lastSituation_ = situation_();
        follow_.start(kLookEvery, [this] { follow(); });
    }
}

void Hub::follow() {
    std::vector<ViewerId> viewers;
    for (const auto& [name, desk] : desks_) {
        const auto here = desk->viewers();
        viewers.insert(viewers.end(), here.begin(), here.end());
    }
    if (viewers.empty()) return;
    const auto now = situation_();
    // Looked at twice: what a session starts first does not tell yet whose it is.
    const bool hasChanged = now != std::exchange(lastSituation_, now);
    if (std::exchange(isUnsettled_, hasChanged) || hasChanged) {
        for (const auto viewer : viewers) move(viewer);
    }
    follow_.start(kLookEvery, [this] { follow(); });
}

void Hub::move(ViewerId viewer) {
    auto* desk = deskOf(viewer);
    if (desk == nullptr) return;
    auto seat = desk->seatOf(viewer);
    // As one whose screen has gone: if the new one is not ready yet, he waits for it.
    seat.lostAt = Clock::now();
    try {
        const auto name = find_(seat.wish).first;
        if (name == desk->name()) return;
        log::info("another screen is in front", {{"screen", name}});
        place(viewer, seat);
    } catch (const std::exception& e) {
        log::debug("no other screen", {{"reason", e.what()}});
        return;
    }
    desk->leave(viewer);
}

void Hub::lose(ViewerId viewer, Seat seat, const std::string& reason) {
    waiting_[viewer] = {std::move(seat), reason};
}

void Hub::settle(bool maySeat) {
    std::vector<ViewerId> viewers;
    for (const auto& [viewer, each] : waiting_) viewers.push_back(viewer);
    for (const auto viewer : viewers) {
        // What one hears may make another one go.
        auto found = waiting_.extract(viewer);
        if (found.empty()) continue;
        const auto& [seat, reason] = found.mapped();
        try {
            if (maySeat) {
                place(viewer, seat);
                continue;
            }
        } catch (const std::exception& e) {
            log::debug("no screen yet", {{"reason", e.what()}});
        }
        if (seat.lostAt && Clock::now() - *seat.lostAt < patience_) {
            waiting_.insert(std::move(found));
        } else {
            seat.spectator->onEnd(reason);
        }
    }
    if (!waiting_.empty()) again_.start(kTryEvery, [this] { settle(true); });
}

Hub::Desk* Hub::deskOf(ViewerId viewer) const {
    for (const auto& [name, desk] : desks_) {
        if (desk->has(viewer)) return desk.get();
    }
    return nullptr;
}

void Hub::close(ViewerId viewer) {
    waiting_.erase(viewer);
    if (auto* desk = deskOf(viewer)) desk->close(viewer);
}

void Hub::send(ViewerId viewer, LinkKind kind, wire::ByteView payload) {
    auto* desk = deskOf(viewer);
    if (desk != nullptr && desk->queued() < kMaxCommands) desk->send(viewer, kind, payload);
}

void Hub::pause(ViewerId viewer, bool isPaused) {
    const auto found = waiting_.find(viewer);
    if (found != waiting_.end()) found->second.first.isPaused = isPaused;
    if (auto* desk = deskOf(viewer)) desk->pause(viewer, isPaused);
}

std::size_t Hub::queued(ViewerId viewer) const {
    const auto* desk = deskOf(viewer);
    return desk == nullptr ? 0 : desk->queued();
}

std::string Hub::rename(const Desk& desk, const std::string& name) {
    const auto found = desks_.find(desk.name());
    if (found == desks_.end() || found->second.get() != &desk || desks_.contains(name)) return desk.name();
    auto node = desks_.extract(found);
    node.key() = name;
    desks_.insert(std::move(node));
    return name;
}

void Hub::drop(Desk& desk) {
    const auto found = desks_.find(desk.name());
    if (found == desks_.end() || found->second.get() != &desk) return;
    // From its own event: it goes in the next round.
    loop_.post([old = std::move(found->second)] {});
    desks_.erase(found);
}

}  // namespace trellis::device::desktop
