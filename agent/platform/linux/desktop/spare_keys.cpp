#include "agent/platform/linux/desktop/spare_keys.hpp"

#include <algorithm>

namespace trellis::device::desktop {
namespace {
/// Ours: the more, the less often a sign waits.
constexpr std::size_t kMaxSpare = 32;
/// In the core protocol's order: two of each of the first two groups, then what is above.
constexpr int kLevels = 6;
}  // namespace

SpareKeys::~SpareKeys() {
    KeySym none = 0;
    for (const auto& [symbol, code] : lent_) x_.XChangeKeyboardMapping(display_, code, 1, &none, 1);
}

void SpareKeys::read(const KeySym* map, int low, int high, int width) {
    const auto first = [&](int code) { return map + static_cast<std::ptrdiff_t>(code - low) * width; };
    // Another layout takes everything away that was put on keys.
    std::erase_if(lent_, [&](const auto& each) { return *first(each.second) != each.first; });
    // Free are the codes without any symbol; the highest first, where no key of a real keyboard is.
    spare_.clear();
    for (int code = high; code >= low && spare_.size() < kMaxSpare; --code) {
        if (isLent(code) || std::all_of(first(code), first(code) + width, [](KeySym each) { return each == 0; })) {
            spare_.push_back(static_cast<KeyCode>(code));
        }
    }
}

bool SpareKeys::isLent(int code) const {
    return std::any_of(lent_.begin(), lent_.end(), [&](const auto& each) { return each.second == code; });
}

bool SpareKeys::isLentTo(KeyCode code, const std::vector<KeySym>& symbols) const {
    return std::any_of(symbols.begin(), symbols.end(), [&](KeySym symbol) {
        const auto found = lent_.find(symbol);
        return found != lent_.end() && found->second == code;
    });
}

Clock::time_point SpareKeys::pressedAt(KeyCode code) const {
    const auto found = pressedAt_.find(code);
    return found == pressedAt_.end() ? Clock::time_point{} : found->second;
}

std::vector<KeyCode> SpareKeys::rested(const std::vector<KeySym>& wanted, Clock::time_point now) const {
    std::vector<KeyCode> codes;
    for (const auto code : spare_) {
        if (now - pressedAt(code) >= kRest) codes.push_back(code);
    }
    std::stable_sort(codes.begin(), codes.end(), [&](KeyCode a, KeyCode b) {
        return std::pair(isLentTo(a, wanted), pressedAt(a)) < std::pair(isLentTo(b, wanted), pressedAt(b));
    });
    return codes;
}

SpareKeys::Loan SpareKeys::lend(const std::vector<KeySym>& symbols) {
    if (spare_.empty()) return {};
    const auto now = Clock::now();
    if (!lent_.contains(symbols.front())) {
        const auto codes = rested(symbols, now);
        if (codes.empty()) {
            auto first = Clock::time_point::max();
            for (const auto code : spare_) first = std::min(first, pressedAt(code));
            return {0, std::chrono::ceil<Milliseconds>(first + kRest - now)};
        }
        assign(symbols, codes);
    }
    const auto code = lent_.at(symbols.front());
    pressedAt_[code] = now;
    return {code, {}};
}

void SpareKeys::assign(const std::vector<KeySym>& wanted, const std::vector<KeyCode>& codes) {
    std::map<KeyCode, KeySym> symbols;
    auto next = codes.begin();
    for (const auto symbol : wanted) {
        if (next == codes.end() || (!symbols.empty() && isLentTo(*next, wanted))) break;
        if (lent_.contains(symbol)) continue;
        const auto code = *next++;
        std::erase_if(lent_, [&](const auto& each) { return each.second == code; });
        lent_[symbol] = code;
        symbols[code] = symbol;
    }
    put(symbols);
}

void SpareKeys::put(const std::map<KeyCode, KeySym>& symbols) {
    for (auto each = symbols.begin(); each != symbols.end();) {
        const int first = each->first;
        int count = 0;
        std::vector<KeySym> levels;
        for (; each != symbols.end() && each->first == first + count; ++each, ++count) {
            // The same at every level, so that no modifier matters.
            levels.insert(levels.end(), kLevels, each->second);
        }
        x_.XChangeKeyboardMapping(display_, first, kLevels, levels.data(), count);
    }
    x_.XSync(display_, 0);
}

}  // namespace trellis::device::desktop
