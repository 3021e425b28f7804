/// Key codes without a symbol, lent to signs that the layout lacks.
#pragma once

#include "agent/base/loop.hpp"
#include "agent/platform/linux/desktop/x_api.hpp"

#include <map>
#include <vector>

namespace trellis::device::desktop {

class SpareKeys {
public:
    /// Programs look at a changed map late: for so long a key code stays what it was after it was pressed.
    static constexpr Milliseconds kRest{200};

    SpareKeys(const XApi& api, ::Display* display) : x_(api), display_(display) {}
    /// Gives them back.
    ~SpareKeys();
    SpareKeys(const SpareKeys&) = delete;
    SpareKeys& operator=(const SpareKeys&) = delete;

    /// The map as the server has it: `width` symbols for each code from `low` to `high`.
    void read(const KeySym* map, int low, int high, int width);
    bool isLent(int code) const;
    /// Does a key have it already?
    bool has(KeySym symbol) const { return lent_.contains(symbol); }

    struct Loan {
        KeyCode code = 0;
        Milliseconds wait{0};  ///< until there may be a code; zero without one: there is none
    };
    /// A key that has the first of these symbols, whatever modifiers are down, and is pressed now. The others come
    /// next: they get keys at the same time where some are free, because each change of the map keeps every program
    /// busy for a while.
    Loan lend(const std::vector<KeySym>& symbols);

private:
    Clock::time_point pressedAt(KeyCode code) const;
    /// Those that have rested, best first: without a symbol that is wanted, and not pressed for longest.
    std::vector<KeyCode> rested(const std::vector<KeySym>& wanted, Clock::time_point now) const;
    void assign(const std::vector<KeySym>& wanted, const std::vector<KeyCode>& codes);
    /// Tells the server; neighbours in one request.
    void put(const std::map<KeyCode, KeySym>& symbols);
    bool isLentTo(KeyCode code, const std::vector<KeySym>& symbols) const;

    const XApi& x_;
    ::Display* display_;
    std::vector<KeyCode> spare_;
    std::map<KeySym, KeyCode> lent_;
    std::map<KeyCode, Clock::time_point> pressedAt_;
};

}  // namespace trellis::device::desktop
