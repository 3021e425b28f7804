/// The X libraries, found when a session starts: a machine without a desktop has none of them, and the agent
/// runs there too. Functions carry the libraries' own names.
#pragma once

#include <trellis/wire/bytes.hpp>

#include <string>

#include <X11/XKBlib.h>
#include <X11/Xatom.h>
#include <X11/Xlib.h>
#include <X11/Xutil.h>
#include <X11/extensions/XShm.h>
#include <X11/extensions/XTest.h>
#include <X11/extensions/Xdamage.h>
#include <X11/extensions/Xfixes.h>
#include <X11/extensions/Xrandr.h>
#include <X11/extensions/dpms.h>
// Xlib's macros hit ordinary words.
#undef None
#undef Status
#undef Success
#undef Bool
#undef BadValue

// library, functions
#define TRELLIS_X11_FUNCTIONS(F) \
    F(XOpenDisplay) F(XCloseDisplay) F(XSetErrorHandler) F(XSetIOErrorHandler) F(XPending) F(XNextEvent) \
    F(XFlush) F(XSync) F(XFree) F(XCreateImage) F(XGetImage) F(XQueryExtension) F(XSelectInput) \
    F(XDefaultRootWindow) F(XConnectionNumber) F(XInternAtom) F(XCreateSimpleWindow) F(XGetWindowProperty) \
    F(XChangeProperty) F(XDeleteProperty) F(XConvertSelection) F(XSetSelectionOwner) F(XGetSelectionOwner) \
    F(XSendEvent) F(XMaxRequestSize) F(XExtendedMaxRequestSize) F(XDisplayKeycodes) \
    F(XChangeKeyboardMapping) F(XGetKeyboardMapping) F(XkbKeycodeToKeysym) F(XkbGetState) \
    F(XkbLookupKeySym) F(XConvertCase) F(XkbLockGroup) F(XkbLockModifiers) \
    F(XkbSelectEvents) F(XkbSelectEventDetails) F(XkbQueryExtension) F(XkbGetIndicatorState) \
    F(XRefreshKeyboardMapping) F(XkbRefreshKeyboardMapping) F(XGrabKey) F(XUngrabKey) F(XForceScreenSaver) F(XGetGeometry) \
    F(XGetSubImage) F(XResetScreenSaver) F(XSetAuthorization) F(XGrabKeyboard) F(XUngrabKeyboard) \
    F(XQueryPointer) F(XGrabServer) F(XUngrabServer) \
    F(XChangeWindowAttributes) F(XMapRaised) F(XRaiseWindow) F(XMoveWindow) F(XCreateGC) F(XSetForeground) \
    F(XSetFont) F(XFillRectangle) F(XDrawLine) F(XDrawString16) F(XTextWidth16) F(XLoadQueryFont)
#define TRELLIS_XEXT_FUNCTIONS(F) \
    F(XShmQueryExtension) F(XShmAttach) F(XShmDetach) F(XShmGetImage) F(XShmCreateImage) \
    F(DPMSQueryExtension) F(DPMSCapable) F(DPMSInfo) F(DPMSForceLevel)
#define TRELLIS_XDAMAGE_FUNCTIONS(F) \
    F(XDamageQueryExtension) F(XDamageCreate) F(XDamageDestroy) F(XDamageSubtract)
#define TRELLIS_XFIXES_FUNCTIONS(F) \
    F(XFixesQueryExtension) F(XFixesCreateRegion) F(XFixesDestroyRegion) F(XFixesFetchRegion) \
    F(XFixesSelectCursorInput) F(XFixesGetCursorImage) F(XFixesSelectSelectionInput)
#define TRELLIS_XTEST_FUNCTIONS(F) \
    F(XTestQueryExtension) F(XTestFakeKeyEvent) F(XTestFakeButtonEvent) F(XTestFakeMotionEvent) \
    F(XTestGrabControl)
#define TRELLIS_XRANDR_FUNCTIONS(F) \
    F(XRRQueryExtension) F(XRRQueryVersion) F(XRRSelectInput) F(XRRUpdateConfiguration) \
    F(XRRGetMonitors) F(XRRFreeMonitors) F(XRRGetScreenResourcesCurrent) F(XRRFreeScreenResources) \
    F(XRRGetCrtcGammaSize) F(XRRGetCrtcGamma) F(XRRSetCrtcGamma) F(XRRAllocGamma) F(XRRFreeGamma)

namespace trellis::device::desktop {

struct XApi;
/// The X server's key, as whoever started this program has found it; "" if it has none. Programs that this one
/// starts don't get it.
std::string takeKey();
/// Opens a display with `key`, or with what the user has where that is empty or does not fit; nullptr if the
/// server refuses both.
::Display* openDisplay(const XApi& api, const std::string& name, std::string key);

struct XApi {
#define TRELLIS_DECLARE(name) decltype(&::name) name = nullptr;
    TRELLIS_X11_FUNCTIONS(TRELLIS_DECLARE)
    TRELLIS_XEXT_FUNCTIONS(TRELLIS_DECLARE)
    TRELLIS_XDAMAGE_FUNCTIONS(TRELLIS_DECLARE)
    TRELLIS_XFIXES_FUNCTIONS(TRELLIS_DECLARE)
    TRELLIS_XTEST_FUNCTIONS(TRELLIS_DECLARE)
    TRELLIS_XRANDR_FUNCTIONS(TRELLIS_DECLARE)
#undef TRELLIS_DECLARE

    /// "" or a sentence that names what is missing. Libraries stay loaded.
    std::string load();
};

}  // namespace trellis::device::desktop
