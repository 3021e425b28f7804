/// A virtual X server for a test, and a program of its own that draws and listens there.
#pragma once

#include "agent/platform/linux/desktop/x_api.hpp"

#include <boost/test/unit_test.hpp>

#include <sys/types.h>

#include <string>
#include <vector>

namespace desktop_test {

class XServer {
public:
    /// Waits until it answers; names it in DISPLAY.
    explicit XServer(const std::string& screen = "640x480x24");
    ~XServer();
    XServer(const XServer&) = delete;
    XServer& operator=(const XServer&) = delete;
    const std::string& name() const noexcept { return name_; }
    pid_t pid() const noexcept { return pid_; }

private:
    pid_t pid_ = -1;
    std::string name_;
};

/// False where no Xvfb is installed: then tests that need one are skipped.
bool hasXServer();
/// A precondition of suites.
boost::test_tools::assertion_result needsX(boost::unit_test::test_unit_id);

/// One window that fills the screen.
class Painter {
public:
    explicit Painter(const std::string& display);
    ~Painter();
    Painter(const Painter&) = delete;
    Painter& operator=(const Painter&) = delete;

    const trellis::device::desktop::XApi& api() const noexcept { return x_; }
    ::Display* display() noexcept { return display_; }
    Window window() const noexcept { return window_; }
    /// `colour` as 0xRRGGBB; done when it returns.
    void fill(int x, int y, int w, int h, unsigned long colour);
    /// Noise, which no palette can hold.
    void noise(int x, int y, int w, int h, unsigned seed);
    void text(int x, int y, const std::string& text);
    /// 0xRRGGBB per pixel of the screen.
    std::vector<unsigned> pixels(int w, int h);
    /// What has been typed into the window, and buttons as <1>.
    std::string typed();

    /// Where the pointer is, and which modifiers are down.
    std::pair<int, int> pointer();
    unsigned modifiers();
    /// Another program copies this text.
    void copy(const std::string& text);
    /// What the clipboard holds, asked for as other programs do.
    std::string paste();
    /// Two monitors side by side.
    void addMonitors(int width, int height);
    /// False if the server can't.
    bool resizeScreen(int width, int height);
    void grabCtrlAltDel();
    /// As setxkbmap does, for everybody.
    void setLayout(const std::string& name);
    /// The second of two layouts, say: from 0.
    void lockGroup(unsigned number);
    unsigned group();
    /// The server has gone: nothing is closed.
    void abandon() { display_ = nullptr; }

private:
    std::string run(const std::string& command);
    trellis::device::desktop::XApi x_;
    std::string name_;
    pid_t owner_ = -1;
    ::Display* display_ = nullptr;
    Window window_ = 0;
    std::string typed_;
};

}  // namespace desktop_test
