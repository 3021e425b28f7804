/// The agent's side of desktop sessions: one program per display, shared by all who watch it.
#pragma once

#include "agent/desktop/link.hpp"
#include "agent/service/process.hpp"

#include <map>
#include <memory>
#include <optional>

namespace trellis::device::desktop {

/// One who watches, as the hub sees him. All calls come from the loop.
class Spectator {
public:
    virtual ~Spectator() = default;
    virtual void onMessage(wire::ByteView message) = 0;
    /// A JSON object for his page.
    virtual void onControl(std::string_view json) = 0;
    virtual void onClipboard(std::string_view text) = 0;
    /// The session is over; `reason` is a sentence, "" after close(). He is forgotten already.
    virtual void onEnd(const std::string& reason) = 0;
};

/// Whose screen is wanted.
struct DesktopWish {
    std::optional<uid_t> user;
    bool mayStartVirtual = false;
};

/// Makes the program for a wish. Throws std::runtime_error with a sentence if there is no screen.
using DesktopProgram = std::function<std::pair<std::string, ProgramOptions>(const DesktopWish& wish)>;

/// A number that changes whenever a DesktopProgram may answer otherwise; asked once a second while somebody
/// watches.
using Situation = std::function<std::size_t()>;

/// Logging in and out of a large desktop takes so long.
inline constexpr Milliseconds kScreenPatience{15'000};

class Hub {
public:
    /// `patience`: how long viewers of a lost screen wait for another: a person signs in or out, and one X
    /// server takes the place of another. Without `situation` viewers stay where they are.
    Hub(Loop& loop, DesktopProgram find, Milliseconds patience = kScreenPatience,
        Situation situation = {});
    ~Hub();
    Hub(const Hub&) = delete;
    Hub& operator=(const Hub&) = delete;

    /// Throws std::runtime_error with a sentence for the person who wants to watch.
    ViewerId open(Spectator& spectator, const DesktopWish& wish, const ViewerOptions& options);
    /// No call to the spectator comes after it.
    void close(ViewerId viewer);
    void send(ViewerId viewer, LinkKind kind, wire::ByteView payload);
    /// While paused nothing is passed on; credit bounds what waits.
    void pause(ViewerId viewer, bool isPaused);
    /// Bytes to the program that it has not read.
    std::size_t queued(ViewerId viewer) const;

private:
    class Desk;
    /// What is known of one who watches, wherever he sits.
    struct Seat {
        Spectator* spectator = nullptr;
        DesktopWish wish;
        ViewerOptions options;
        bool isPaused = false;
        bool locksAtEnd = false;
        bool blanks = false;  ///< he wants dark monitors
        std::optional<Clock::time_point> lostAt;  ///< until the next screen shows something
    };
    /// Throws what `find` throws.
    void place(ViewerId viewer, const Seat& seat);
    /// His screen has gone: he waits for another.
    void lose(ViewerId viewer, Seat seat, const std::string& reason);
    /// Looks every second whether another screen is the right one for somebody.
    void follow();
    /// Moves a viewer to the screen that is the right one for him now.
    void move(ViewerId viewer);
    /// Those who wait get a screen, or hear why there is none when their time is over.
    void settle(bool maySeat);
    Desk* deskOf(ViewerId viewer) const;
    void drop(Desk& desk);
    /// A virtual screen has got its name; the name under which the desk is kept.
    std::string rename(const Desk& desk, const std::string& name);

    Loop& loop_;
    DesktopProgram find_;
    Milliseconds patience_;
    Situation situation_;
    std::size_t lastSituation_ = 0;
    bool isUnsettled_ = false;  ///< the situation changed a second ago
    std::map<std::string, std::shared_ptr<Desk>> desks_;  // by display
    std::map<ViewerId, std::pair<Seat, std::string>> waiting_;
    Timer again_;
    Timer follow_;
    ViewerId lastId_ = 0;
};

}  // namespace trellis::device::desktop
