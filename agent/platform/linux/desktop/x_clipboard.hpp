/// The CLIPBOARD selection as UTF-8 text, both ways (ICCCM section 2: conversion, targets, INCR).
#pragma once

#include "agent/base/loop.hpp"
#include "agent/platform/linux/desktop/x_api.hpp"

#include <functional>
#include <list>
#include <memory>
#include <string_view>

namespace trellis::device::desktop {

class XClipboard {
public:
    using OnText = std::function<void(std::string_view utf8)>;
    /// Watches who owns the selection; text that others copy arrives at `onText`.
    XClipboard(Loop& loop, const XApi& api, ::Display* display, int fixesBase, OnText onText);
    XClipboard(const XClipboard&) = delete;
    XClipboard& operator=(const XClipboard&) = delete;

    /// Owns the selection from now on with this text.
    void offer(std::string text);
    /// Asks the owner; the answer, "" if there is none, comes at onText.
    void ask();
    /// True if the event was for the clipboard.
    bool onEvent(XEvent& event);

private:
    /// A text that goes to another program piece by piece.
    struct Transfer {
        Window window;
        Atom property;
        Atom target;
        std::shared_ptr<const std::string> text;
        std::size_t sent = 0;
        Clock::time_point since;
    };
    void onOwner(const XFixesSelectionNotifyEvent& event);
    void onNotify(const XSelectionEvent& event);
    void onRequest(const XSelectionRequestEvent& request);
    bool onProperty(const XPropertyEvent& event);
    /// False if the property can't be set.
    bool answer(const XSelectionRequestEvent& request, Atom property);
    bool startTransfer(const XSelectionRequestEvent& request, Atom property);
    void sendPart(Transfer& transfer);
    void readPart();
    void convert();
    void finish(bool isGood);
    /// The property's bytes, and whether it announces pieces; it is deleted.
    std::string takeProperty(Atom* type);

    Loop& loop_;
    const XApi& x_;
    ::Display* display_;
    int fixesBase_;
    OnText onText_;
    Window window_ = 0;
    Atom clipboard_ = 0;
    Atom utf8_ = 0;
    Atom targets_ = 0;
    Atom incr_ = 0;
    Atom timestamp_ = 0;
    Atom mime_ = 0;
    Atom property_ = 0;
    std::shared_ptr<const std::string> text_;  // what we own
    Time ownedSince_ = 0;
    std::list<Transfer> transfers_;
    bool isReading_ = false;
    bool isIncremental_ = false;
    std::string incoming_;
    Timer patience_;
};

}  // namespace trellis::device::desktop
