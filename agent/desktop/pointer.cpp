#include "agent/desktop/pointer.hpp"

namespace trellis::device::desktop {
namespace {
struct Shape {
    std::string_view name;
    std::uint8_t code;
};
constexpr Shape kShapes[] = {
    {"left_ptr_watch", 1}, {"progress", 1}, {"half-busy", 1},
    {"crosshair", 2}, {"cross", 2}, {"tcross", 2},
    {"pointer", 3}, {"hand1", 3}, {"hand2", 3}, {"pointing_hand", 3},
    {"help", 4}, {"question_arrow", 4}, {"whats_this", 4},
    {"text", 5}, {"xterm", 5}, {"ibeam", 5},
    {"no-drop", 6}, {"dnd-no-drop", 6},
    {"move", 7}, {"fleur", 7}, {"all-scroll", 7}, {"grabbing", 7}, {"size_all", 7},
    {"nesw-resize", 8}, {"top_right_corner", 8}, {"bottom_left_corner", 8}, {"size_bdiag", 8},
    {"ns-resize", 9}, {"n-resize", 9}, {"s-resize", 9}, {"sb_v_double_arrow", 9}, {"top_side", 9},
    {"bottom_side", 9}, {"size_ver", 9},
    {"nwse-resize", 10}, {"top_left_corner", 10}, {"bottom_right_corner", 10}, {"size_fdiag", 10},
    {"ew-resize", 11}, {"e-resize", 11}, {"w-resize", 11}, {"sb_h_double_arrow", 11}, {"left_side", 11},
    {"right_side", 11}, {"size_hor", 11},
    {"alias", 12}, {"up_arrow", 12}, {"sb_up_arrow", 12},
    {"wait", 13}, {"watch", 13},
    {"not-allowed", 15}, {"crossed_circle", 15}, {"forbidden", 15},
    {"col-resize", 16}, {"split_h", 16},
    {"row-resize", 17}, {"split_v", 17},
    {"copy", 18},
    {"zoom-in", 19},
    {"zoom-out", 20},
};

bool isInvisible(const Cursor& cursor) noexcept {
    for (std::size_t i = 3; i < cursor.rgba.size(); i += 4) {
        if (cursor.rgba[i] != 0) return false;
    }
    return true;
}
}  // namespace

std::uint8_t pointerShape(const Cursor& cursor) noexcept {
    if (isInvisible(cursor)) return 14;
    for (const auto& shape : kShapes) {
        if (shape.name == cursor.name) return shape.code;
    }
    return 0;
}

}  // namespace trellis::device::desktop
