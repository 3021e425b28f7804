#include "core/auth/throttle.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <deque>
#include <list>
#include <mutex>
#include <unordered_map>

namespace trellis::auth {

namespace {

std::string cut(std::string_view text, std::size_t most) {
    return std::string(text.substr(0, most));
}

std::string keyOfV4(const unsigned char* bytes) {
    const auto number = [&](int i) { return std::to_string(bytes[i]); };
    const auto network = number(0) + "." + number(1) + "." + number(2) + ".";
    return network + (bytes[0] == 127 ? number(3) : "*");
}

std::string keyOfV6(const std::array<unsigned char, 16>& bytes) {
    constexpr std::array<unsigned char, 12> kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
    if (std::equal(kMapped.begin(), kMapped.end(), bytes.begin()))
        return keyOfV4(&bytes[12]);
    std::array<unsigned char, 16> loopback{};
    loopback[15] = 1;
    if (bytes == loopback)
        return "::1";
    auto network = bytes;
    std::fill(network.begin() + 8, network.end(), static_cast<unsigned char>(0));
    std::array<char, INET6_ADDRSTRLEN> text{};
    inet_ntop(AF_INET6, network.data(), text.data(), text.size());
    return std::string(text.data()) + "/64";
}

/// What failed when, the one that failed longest ago first. Not guarded.
class Table {
public:
    Table(std::size_t limit, const ThrottleOptions& options) : limit_(limit), options_(options) {}

    /// Milliseconds until `key` may try again, 0 if it may now.
    std::int64_t waitOf(const std::string& key, std::int64_t now) const {
        const auto found = entries_.find(key);
        if (found == entries_.end() || limit_ == 0)
            return 0;
        const auto& entry = *found->second;
        if (entry.blockedUntil > now)
            return entry.blockedUntil - now;
        const auto fresh = std::count_if(entry.times.begin(), entry.times.end(),
                                         [&](auto time) { return time > now - window(); });
        if (options_.coolOff.count() > 0 || static_cast<std::size_t>(fresh) < limit_)
            return 0;
        // When so many have left the window that one is free again.
        return entry.times[entry.times.size() - limit_] + window() - now;
    }

    /// True if this failure was the last one allowed.
    bool add(const std::string& key, std::int64_t now) {
        if (limit_ == 0)
            return false;
        auto& entry = touch(key);
        while (!entry.times.empty() && entry.times.front() <= now - window())
            entry.times.pop_front();
        entry.times.push_back(now);
        if (entry.times.size() > limit_)
            entry.times.pop_front();
        const bool isLast = entry.times.size() == limit_;
        if (isLast && options_.coolOff.count() > 0)
            entry.blockedUntil =
                now +
                std::chrono::duration_cast<std::chrono::milliseconds>(options_.coolOff).count();
        return isLast;
    }

    void takeBack(const std::string& key) {
        const auto found = entries_.find(key);
        if (found == entries_.end() || found->second->times.empty())
            return;
        found->second->times.pop_back();
        found->second->blockedUntil = 0;
        if (found->second->times.empty())
            forget(key);
    }

    void forget(const std::string& key) {
        const auto found = entries_.find(key);
        if (found == entries_.end())
            return;
        order_.erase(found->second);
        entries_.erase(found);
    }

    std::size_t size() const { return entries_.size(); }
    bool contains(const std::string& key) const { return entries_.contains(key); }

private:
    struct Entry {
        std::string key;
        std::deque<std::int64_t> times;
        std::int64_t blockedUntil = 0;
    };

    std::int64_t window() const {
        return std::chrono::duration_cast<std::chrono::milliseconds>(options_.window).count();
    }

    /// The entry of `key`, now the newest.
    Entry& touch(const std::string& key) {
        if (const auto found = entries_.find(key); found != entries_.end()) {
            order_.splice(order_.end(), order_, found->second);
            return *found->second;
        }
        if (entries_.size() >= options_.maxEntries && !order_.empty()) {
            entries_.erase(order_.front().key);
            order_.pop_front();
        }
        order_.push_back({key, {}, 0});
        entries_[key] = std::prev(order_.end());
        return order_.back();
    }

    std::size_t limit_;
    const ThrottleOptions& options_;
    std::list<Entry> order_;
    std::unordered_map<std::string, std::list<Entry>::iterator> entries_;
};

std::string accountKey(std::string_view account) {
    return cut(account, 400);
}

} // namespace

std::string addressKey(std::string_view address) {
    const auto text = cut(address, 64);
    std::array<unsigned char, 16> bytes{};
    if (inet_pton(AF_INET, text.c_str(), bytes.data()) == 1)
        return keyOfV4(bytes.data());
    const auto scope = text.find('%');
    if (inet_pton(AF_INET6, text.substr(0, scope).c_str(), bytes.data()) == 1)
        return keyOfV6(bytes);
    return text;
}

class Throttle::Impl {
public:
    Impl(ThrottleOptions options, store::Clock clock)
        : options_(options), clock_(std::move(clock)), addresses_(options.perAddress, options_),
          accounts_(options.perAccount, options_), known_(1, options_) {}

    ThrottleAnswer check(std::string_view account, std::string_view address) const {
        const std::lock_guard lock(mutex_);
        return look(accountKey(account), addressKey(address), clock_());
    }

    ThrottleAnswer attempt(std::string_view account, std::string_view address) {
        const auto who = accountKey(account);
        const auto from = addressKey(address);
        const auto now = clock_();
        const std::lock_guard lock(mutex_);
        auto answer = look(who, from, now);
        if (answer.isBlocked)
            return answer;
        if (!from.empty())
            answer.isLast = addresses_.add(from, now);
        if (!who.empty())
            answer.isLast = accounts_.add(who, now) || answer.isLast;
        return answer;
    }

    void withdraw(std::string_view account, std::string_view address) {
        const std::lock_guard lock(mutex_);
        accounts_.takeBack(accountKey(account));
        addresses_.takeBack(addressKey(address));
    }

    void succeeded(std::string_view account, std::string_view address) {
        const auto who = accountKey(account);
        const auto from = addressKey(address);
        const std::lock_guard lock(mutex_);
        accounts_.forget(who);
        addresses_.takeBack(from);
        if (!who.empty() && !from.empty())
            known_.add(pairOf(who, from), clock_());
    }

    std::size_t size() const {
        const std::lock_guard lock(mutex_);
        return addresses_.size() + accounts_.size() + known_.size();
    }

private:
    static std::string pairOf(const std::string& who, const std::string& from) {
        return from + " " + who;
    }

    ThrottleAnswer look(const std::string& who, const std::string& from, std::int64_t now) const {
        auto wait = from.empty() ? 0 : addresses_.waitOf(from, now);
        const bool isKnown = !from.empty() && known_.contains(pairOf(who, from));
        if (!who.empty() && !isKnown)
            wait = std::max(wait, accounts_.waitOf(who, now));
        ThrottleAnswer answer;
        answer.isBlocked = wait > 0;
        answer.retryAfter = std::chrono::seconds((wait + 999) / 1000);
        return answer;
    }

    ThrottleOptions options_;
    store::Clock clock_;
    mutable std::mutex mutex_; // guards the tables
    Table addresses_;
    Table accounts_;
    Table known_; // addresses from which the account has logged in
};

Throttle::Throttle(ThrottleOptions options, store::Clock clock)
    : impl_(std::make_unique<Impl>(options, std::move(clock))) {}
Throttle::~Throttle() = default;

ThrottleAnswer Throttle::check(std::string_view account, std::string_view address) const {
    return impl_->check(account, address);
}
ThrottleAnswer Throttle::attempt(std::string_view account, std::string_view address) {
    return impl_->attempt(account, address);
}
void Throttle::withdraw(std::string_view account, std::string_view address) {
    impl_->withdraw(account, address);
}
void Throttle::succeeded(std::string_view account, std::string_view address) {
    impl_->succeeded(account, address);
}
void Throttle::failed(std::string_view account, std::string_view address) {
    impl_->attempt(account, address);
}
std::size_t Throttle::entryCount() const {
    return impl_->size();
}

} // namespace trellis::auth
