#include "agent/platform/linux/desktop/x_clipboard.hpp"

#include "agent/desktop/link.hpp"

#include <trellis/wire/text.hpp>

#include <algorithm>

namespace trellis::device::desktop {
namespace {
constexpr Milliseconds kOwnersTime{5'000};
constexpr std::chrono::seconds kReadersTime{20};
/// More programs at once that read slowly are refused.
constexpr std::size_t kMaxTransfers = 8;
/// Larger texts go in pieces of this size; servers take at least 256 KiB a request.
constexpr std::size_t kPiece = 128 * 1024;

bool isAscii(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<signed char>(c) >= 0; });
}
}  // namespace

XClipboard::XClipboard(Loop& loop, const XApi& api, ::Display* display, int fixesBase, OnText onText)
    : loop_(loop), x_(api), display_(display), fixesBase_(fixesBase), onText_(std::move(onText)),
      patience_(loop) {
    window_ = x_.XCreateSimpleWindow(display_, x_.XDefaultRootWindow(display_), -1, -1, 1, 1, 0, 0, 0);
    const auto atom = [&](const char* name) { return x_.XInternAtom(display_, name, 0); };
    clipboard_ = atom("CLIPBOARD");
    utf8_ = atom("UTF8_STRING");
    targets_ = atom("TARGETS");
    incr_ = atom("INCR");
    timestamp_ = atom("TIMESTAMP");
    mime_ = atom("text/plain;charset=utf-8");
    property_ = atom("TRELLIS_CLIPBOARD");
    x_.XSelectInput(display_, window_, PropertyChangeMask);
    x_.XFixesSelectSelectionInput(display_, window_, clipboard_, XFixesSetSelectionOwnerNotifyMask);
}

void XClipboard::offer(std::string text) {
    text_ = std::make_shared<const std::string>(std::move(text));
    x_.XSetSelectionOwner(display_, clipboard_, window_, CurrentTime);
}

void XClipboard::ask() {
    const auto owner = x_.XGetSelectionOwner(display_, clipboard_);
    if (owner == window_ && text_) return onText_(*text_);
    if (owner == 0) return onText_({});
    convert();
}

bool XClipboard::onEvent(XEvent& event) {
    if (event.type == fixesBase_ + XFixesSelectionNotify) {
        onOwner(reinterpret_cast<const XFixesSelectionNotifyEvent&>(event));
        return true;
    }
    switch (event.type) {
    case SelectionNotify: onNotify(event.xselection); return true;
    case SelectionRequest: onRequest(event.xselectionrequest); return true;
    case SelectionClear: return true;
    case PropertyNotify: return onProperty(event.xproperty);
    default: return false;
    }
}

// ---- what others copy ----

void XClipboard::onOwner(const XFixesSelectionNotifyEvent& event) {
    if (event.selection != clipboard_) return;
    if (event.owner == window_) {
        ownedSince_ = event.selection_timestamp;
        return;
    }
    text_.reset();
    if (event.owner != 0) convert();
}

void XClipboard::convert() {
    isReading_ = true;
    isIncremental_ = false;
    incoming_.clear();
    x_.XConvertSelection(display_, clipboard_, utf8_, property_, window_, CurrentTime);
    x_.XFlush(display_);
    patience_.start(kOwnersTime, [this] { finish(false); });
}

void XClipboard::onNotify(const XSelectionEvent& event) {
    if (!isReading_ || event.selection != clipboard_) return;
    if (event.property == 0) return finish(false);  // it has no text
    Atom type = 0;
    auto text = takeProperty(&type);
    if (type == incr_) {
        isIncremental_ = true;
        return;
    }
    incoming_ = std::move(text);
    finish(true);
}

std::string XClipboard::takeProperty(Atom* type) {
    int format = 0;
    unsigned long count = 0;
    unsigned long rest = 0;
    unsigned char* data = nullptr;
    // Lengths in units of four bytes; one byte more than the limit shows that it is exceeded.
    constexpr long kLimit = static_cast<long>(kMaxClipboard / 4) + 1;
    const int result = x_.XGetWindowProperty(display_, window_, property_, 0, kLimit, 1, AnyPropertyType,
                                             type, &format, &count, &rest, &data);
    std::string text;
    if (result == 0 && format == 8 && data != nullptr) {
        text.assign(reinterpret_cast<char*>(data), count);
    }
    if (data != nullptr) x_.XFree(data);
    if (rest > 0) x_.XDeleteProperty(display_, window_, property_);
    return text;
}

bool XClipboard::onProperty(const XPropertyEvent& event) {
    if (event.window == window_) {
        if (isIncremental_ && event.atom == property_ && event.state == PropertyNewValue) readPart();
        return true;
    }
    const auto now = Clock::now();
    transfers_.remove_if([&](const Transfer& each) { return now - each.since > kReadersTime; });
    for (auto& each : transfers_) {
        if (each.window != event.window || each.property != event.atom) continue;
        if (event.state == PropertyDelete) sendPart(each);
        transfers_.remove_if([](const Transfer& done) { return done.text == nullptr; });
        return true;
    }
    return false;
}

void XClipboard::readPart() {
    Atom type = 0;
    const auto part = takeProperty(&type);
    if (part.empty()) return finish(true);
    if (incoming_.size() <= kMaxClipboard) incoming_ += part;
    patience_.start(kOwnersTime, [this] { finish(false); });
}

void XClipboard::finish(bool isGood) {
    if (!isReading_) return;
    isReading_ = isIncremental_ = false;
    patience_.stop();
    auto text = std::exchange(incoming_, {});
    // Larger than what may be shared is not shared at all, rather than cut off somewhere.
    if (!isGood || text.size() > kMaxClipboard || !wire::isUtf8(text)) text.clear();
    onText_(text);
}

// ---- what we offer ----

void XClipboard::onRequest(const XSelectionRequestEvent& request) {
    // Old programs leave the property to us (ICCCM section 2.2).
    const Atom property = request.property == 0 ? request.target : request.property;
    XEvent reply{};
    reply.xselection.type = SelectionNotify;
    reply.xselection.requestor = request.requestor;
    reply.xselection.selection = request.selection;
    reply.xselection.target = request.target;
    reply.xselection.time = request.time;
    reply.xselection.property = text_ && answer(request, property) ? property : 0;
    x_.XSendEvent(display_, request.requestor, 0, 0, &reply);
    x_.XFlush(display_);
}

bool XClipboard::answer(const XSelectionRequestEvent& request, Atom property) {
    const auto* bytes = reinterpret_cast<const unsigned char*>(text_->data());
    if (request.target == targets_) {
        const Atom list[] = {targets_, timestamp_, utf8_, mime_, XA_STRING};
        x_.XChangeProperty(display_, request.requestor, property, XA_ATOM, 32, PropModeReplace,
                           reinterpret_cast<const unsigned char*>(list), isAscii(*text_) ? 5 : 4);
        return true;
    }
    if (request.target == timestamp_) {
        const auto since = static_cast<long>(ownedSince_);
        x_.XChangeProperty(display_, request.requestor, property, XA_INTEGER, 32, PropModeReplace,
                           reinterpret_cast<const unsigned char*>(&since), 1);
        return true;
    }
    const bool isPlain = request.target == XA_STRING && isAscii(*text_);  // ICCCM: STRING is Latin-1
    if (request.target != utf8_ && request.target != mime_ && !isPlain) return false;
    if (text_->size() > kPiece) return startTransfer(request, property);
    x_.XChangeProperty(display_, request.requestor, property, request.target, 8, PropModeReplace, bytes,
                       static_cast<int>(text_->size()));
    return true;
}

bool XClipboard::startTransfer(const XSelectionRequestEvent& request, Atom property) {
    if (transfers_.size() >= kMaxTransfers) return false;
    x_.XSelectInput(display_, request.requestor, PropertyChangeMask);
    const auto size = static_cast<long>(text_->size());
    x_.XChangeProperty(display_, request.requestor, property, incr_, 32, PropModeReplace,
                       reinterpret_cast<const unsigned char*>(&size), 1);
    transfers_.push_back({request.requestor, property, request.target, text_, 0, Clock::now()});
    return true;
}

void XClipboard::sendPart(Transfer& transfer) {
    const auto left = transfer.text->size() - transfer.sent;
    const auto count = std::min(left, kPiece);
    // An empty piece ends it.
    x_.XChangeProperty(display_, transfer.window, transfer.property, transfer.target, 8, PropModeReplace,
                       reinterpret_cast<const unsigned char*>(transfer.text->data()) + transfer.sent,
                       static_cast<int>(count));
    x_.XFlush(display_);
    transfer.sent += count;
    transfer.since = Clock::now();
    if (count == 0) transfer.text.reset();
}

}  // namespace trellis::device::desktop
