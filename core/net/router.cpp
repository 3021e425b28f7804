#include "core/net/router.hpp"

#include <algorithm>
#include <mutex>
#include <unordered_map>

#include <trellis/sdk/error.hpp>

#include "core/net/ascii.hpp"
#include "core/net/http_head.hpp"
#include "core/net/route_entry.hpp"

namespace trellis::net {

using Entry = Registration::Entry;
using EntryList = std::vector<std::shared_ptr<Entry>>;

// Requests read an immutable snapshot; changing routes makes a new one.
struct Router::Table {
    struct Snapshot {
        std::unordered_map<std::string, EntryList> literal; // by joined path
        EntryList patterns;                                 // most specific first
    };

    std::shared_ptr<const Snapshot> current() const {
        const std::lock_guard lock(mutex);
        return snapshot;
    }
    void add(const std::shared_ptr<Entry>& entry);
    void remove(const Entry* entry);
    void rebuild();

    mutable std::mutex mutex; // guards both
    EntryList all;
    std::shared_ptr<const Snapshot> snapshot = std::make_shared<Snapshot>();
};

namespace {

std::string joined(const std::vector<std::string>& segments) {
    std::string path;
    for (const auto& segment : segments)
        path += "/" + withoutSlash(segment);
    return path;
}

[[noreturn]] void badPath(const std::string& path, const char* why) {
    throw sdk::Error(sdk::ErrorCode::InvalidArgument, "route " + path + ": " + why);
}

bool isLiteral(const Entry& entry) {
    const auto& segments = entry.pattern.segments;
    return std::all_of(segments.begin(), segments.end(), [](const auto& segment) {
        return segment.kind == RoutePattern::Kind::Literal;
    });
}

bool collides(const Entry& a, const Entry& b) {
    return a.isUpgrade == b.isUpgrade && a.pattern.rank() == b.pattern.rank() &&
           (a.isUpgrade || a.spec.method == b.spec.method);
}

bool takesMethod(const Entry& entry, std::string_view method) {
    return entry.spec.method == method || entry.spec.method == "*" ||
           (method == "HEAD" && entry.spec.method == "GET");
}

} // namespace

RoutePattern RoutePattern::parse(const std::string& path) {
    if (path.empty() || path.front() != '/')
        badPath(path, "must begin with a slash");
    RoutePattern pattern;
    std::string_view rest = std::string_view(path).substr(1);
    for (bool isLast = false; !isLast;) {
        const auto end = rest.find('/');
        isLast = end == std::string_view::npos;
        auto text = rest.substr(0, end);
        if (!isLast)
            rest = rest.substr(end + 1);
        Segment segment{Kind::Literal, std::string(text)};
        if (text.size() > 2 && text.front() == '{' && text.back() == '}') {
            text = text.substr(1, text.size() - 2);
            const bool takesRest = text.size() > 3 && text.substr(text.size() - 3) == "...";
            if (takesRest && !isLast)
                badPath(path, "{name...} must be last");
            segment.kind = takesRest ? Kind::Rest : Kind::Name;
            segment.text = takesRest ? text.substr(0, text.size() - 3) : text;
            if (!isToken(segment.text))
                badPath(path, "bad parameter name");
        } else if (text.find_first_of("{}?#%") != std::string_view::npos) {
            badPath(path, "a segment is either text or {name}");
        }
        pattern.segments.push_back(std::move(segment));
    }
    return pattern;
}

bool RoutePattern::matches(const std::vector<std::string>& path) const noexcept {
    for (std::size_t i = 0; i < segments.size(); ++i) {
        if (i >= path.size())
            return false;
        if (segments[i].kind == Kind::Rest)
            return true;
        if (segments[i].kind == Kind::Literal ? segments[i].text != path[i] : path[i].empty())
            return false;
    }
    return path.size() == segments.size();
}

void RoutePattern::collect(const std::vector<std::string>& path, Query& params) const {
    for (std::size_t i = 0; i < segments.size(); ++i) {
        if (segments[i].kind == Kind::Name)
            params.add(segments[i].text, path[i]);
        if (segments[i].kind != Kind::Rest)
            continue;
        std::string rest;
        for (std::size_t j = i; j < path.size(); ++j)
            rest += (j > i ? "/" : "") + withoutSlash(path[j]);
        params.add(segments[i].text, std::move(rest));
    }
}

std::string RoutePattern::rank() const {
    std::string rank;
    for (const auto& segment : segments) {
        rank += static_cast<char>(static_cast<int>(segment.kind));
        if (segment.kind == Kind::Literal)
            rank += segment.text;
        rank += '/';
    }
    return rank;
}

bool Registration::Entry::enter() noexcept {
    const std::lock_guard lock(mutex);
    if (isWithdrawn)
        return false;
    ++calls;
    return true;
}

void Registration::Entry::leave() noexcept {
    const std::lock_guard lock(mutex);
    if (--calls == 0)
        idle.notify_all();
}

Registration& Registration::operator=(Registration&& other) noexcept {
    if (this != &other) {
        withdraw();
        entry_ = std::move(other.entry_);
    }
    return *this;
}

void Registration::withdraw() noexcept {
    if (!entry_)
        return;
    {
        const std::lock_guard lock(entry_->mutex);
        entry_->isWithdrawn = true;
    }
    if (const auto table = std::static_pointer_cast<Router::Table>(entry_->table.lock()))
        table->remove(entry_.get());
}

bool Registration::withdrawAndWait(std::chrono::steady_clock::time_point deadline) noexcept {
    withdraw();
    if (!entry_)
        return true;
    std::unique_lock lock(entry_->mutex);
    return entry_->idle.wait_until(lock, deadline, [&] { return entry_->calls == 0; });
}

void Router::Table::add(const std::shared_ptr<Entry>& entry) {
    const std::lock_guard lock(mutex);
    for (const auto& other : all)
        if (collides(*other, *entry))
            throw sdk::Error(sdk::ErrorCode::Conflict,
                             "route " + (entry->isUpgrade ? "WebSocket" : entry->spec.method) +
                                 " " + entry->spec.path + " is taken by " + other->spec.path);
    all.push_back(entry);
    rebuild();
}

void Router::Table::remove(const Entry* entry) {
    const std::lock_guard lock(mutex);
    std::erase_if(all, [&](const auto& other) { return other.get() == entry; });
    rebuild();
}

void Router::Table::rebuild() {
    auto fresh = std::make_shared<Snapshot>();
    for (const auto& entry : all) {
        if (isLiteral(*entry))
            fresh->literal[entry->spec.path].push_back(entry);
        else
            fresh->patterns.push_back(entry);
    }
    std::stable_sort(
        fresh->patterns.begin(), fresh->patterns.end(),
        [](const auto& a, const auto& b) { return a->pattern.rank() < b->pattern.rank(); });
    snapshot = std::move(fresh);
}

Router::Router() : table_(std::make_shared<Table>()) {}
Router::~Router() = default;

Registration Router::add(RouteSpec spec, HttpHandler handler) {
    auto entry = std::make_shared<Entry>();
    entry->pattern = RoutePattern::parse(spec.path);
    entry->spec = std::move(spec);
    entry->onRequest = std::move(handler);
    entry->table = table_;
    table_->add(entry);
    return Registration(std::move(entry));
}

Registration Router::addSimple(RouteSpec spec, SimpleHandler handler) {
    return add(std::move(spec), [handler = std::move(handler)](const HttpRequest& request,
                                                               const Responder& responder) {
        responder.send(handler(request));
    });
}

Registration Router::addUpgrade(UpgradeSpec spec, UpgradeHandler handler) {
    auto entry = std::make_shared<Entry>();
    entry->pattern = RoutePattern::parse(spec.path);
    entry->spec.path = std::move(spec.path);
    entry->spec.runOn = spec.runOn;
    entry->isUpgrade = true;
    entry->onUpgrade = std::move(handler);
    entry->table = table_;
    table_->add(entry);
    return Registration(std::move(entry));
}

Router::Match Router::match(std::string_view method, const std::vector<std::string>& segments,
                            bool isUpgrade) const {
    const auto snapshot = table_->current();
    Match match;
    std::shared_ptr<Entry> ordinary;
    std::vector<std::string_view> allowed;
    bool hasUpgrade = false;
    const auto look = [&](const std::shared_ptr<Entry>& entry) {
        if (entry->isUpgrade) {
            hasUpgrade = true;
            if (isUpgrade && !match.entry)
                match.entry = entry;
        } else if (!takesMethod(*entry, method)) {
            allowed.push_back(entry->spec.method);
        } else if (!ordinary) {
            ordinary = entry;
        }
    };
    if (const auto found = snapshot->literal.find(joined(segments));
        found != snapshot->literal.end())
        for (const auto& entry : found->second)
            look(entry);
    for (const auto& entry : snapshot->patterns)
        if (entry->pattern.matches(segments))
            look(entry);
    if (!match.entry)
        match.entry = std::move(ordinary);
    if (match.entry) {
        match.kind = Match::Kind::Found;
        match.entry->pattern.collect(segments, match.params);
    } else if (!allowed.empty()) {
        match.kind = Match::Kind::NoMethod;
        std::sort(allowed.begin(), allowed.end());
        allowed.erase(std::unique(allowed.begin(), allowed.end()), allowed.end());
        for (const auto name : allowed)
            match.allow.append(match.allow.empty() ? "" : ", ").append(name);
    } else if (hasUpgrade) {
        match.kind = Match::Kind::NeedsUpgrade;
    }
    return match;
}

} // namespace trellis::net
