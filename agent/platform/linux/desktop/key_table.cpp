#include "agent/platform/linux/desktop/key_table.hpp"

#define XK_MISCELLANY
#define XK_KOREAN
#define XK_LATIN1
#define XK_XKB_KEYS
#include <X11/keysymdef.h>

#include <X11/XF86keysym.h>

#include <algorithm>
#include <iterator>

namespace trellis::device::desktop {
namespace {
struct Key {
    std::uint8_t key;
    unsigned long symbol;
    unsigned long extended;  ///< 0: the same
    std::uint8_t position;   ///< evdev key code + 8, 0 unknown
};

constexpr Key kKeys[] = {
    {0x03, XK_Cancel, XK_Break, 0},       {0x08, XK_BackSpace, 0, 22},  {0x09, XK_Tab, 0, 23},
    {0x0C, XK_Clear, 0, 0},               {0x0D, XK_Return, XK_KP_Enter, 36},
    {0x10, XK_Shift_L, XK_Shift_R, 50},   {0x11, XK_Control_L, XK_Control_R, 37},
    {0x12, XK_Alt_L, XK_ISO_Level3_Shift, 64},
    {0x13, XK_Pause, 0, 127},             {0x14, XK_Caps_Lock, 0, 66},  {0x15, XK_Hangul, 0, 0},
    {0x19, XK_Kanji, 0, 0},               {0x1B, XK_Escape, 0, 9},      {0x1C, XK_Henkan, 0, 100},
    {0x1D, XK_Muhenkan, 0, 102},          {0x1F, XK_Mode_switch, 0, 0}, {0x20, XK_space, 0, 65},
    {0x21, XK_Prior, 0, 112},             {0x22, XK_Next, 0, 117},      {0x23, XK_End, 0, 115},
    {0x24, XK_Home, 0, 110},              {0x25, XK_Left, 0, 113},      {0x26, XK_Up, 0, 111},
    {0x27, XK_Right, 0, 114},             {0x28, XK_Down, 0, 116},      {0x29, XK_Select, 0, 0},
    {0x2A, XK_Print, 0, 107},             {0x2B, XK_Execute, 0, 0},     {0x2C, XK_Print, 0, 107},
    {0x2D, XK_Insert, 0, 118},            {0x2E, XK_Delete, 0, 119},    {0x2F, XK_Help, 0, 0},
    {0x30, XK_0, 0, 19}, {0x31, XK_1, 0, 10}, {0x32, XK_2, 0, 11}, {0x33, XK_3, 0, 12},
    {0x34, XK_4, 0, 13}, {0x35, XK_5, 0, 14}, {0x36, XK_6, 0, 15}, {0x37, XK_7, 0, 16},
    {0x38, XK_8, 0, 17}, {0x39, XK_9, 0, 18},
    {0x41, XK_a, 0, 38}, {0x42, XK_b, 0, 56}, {0x43, XK_c, 0, 54}, {0x44, XK_d, 0, 40},
    {0x45, XK_e, 0, 26}, {0x46, XK_f, 0, 41}, {0x47, XK_g, 0, 42}, {0x48, XK_h, 0, 43},
    {0x49, XK_i, 0, 31}, {0x4A, XK_j, 0, 44}, {0x4B, XK_k, 0, 45}, {0x4C, XK_l, 0, 46},
    {0x4D, XK_m, 0, 58}, {0x4E, XK_n, 0, 57}, {0x4F, XK_o, 0, 32}, {0x50, XK_p, 0, 33},
    {0x51, XK_q, 0, 24}, {0x52, XK_r, 0, 27}, {0x53, XK_s, 0, 39}, {0x54, XK_t, 0, 28},
    {0x55, XK_u, 0, 30}, {0x56, XK_v, 0, 55}, {0x57, XK_w, 0, 25}, {0x58, XK_x, 0, 53},
    {0x59, XK_y, 0, 29}, {0x5A, XK_z, 0, 52},
    {0x5B, XK_Super_L, 0, 133},           {0x5C, XK_Super_R, 0, 134},   {0x5D, XK_Menu, 0, 135},
    {0x5F, XF86XK_Sleep, 0, 150},
    {0x60, XK_KP_0, 0, 90}, {0x61, XK_KP_1, 0, 87}, {0x62, XK_KP_2, 0, 88}, {0x63, XK_KP_3, 0, 89},
    {0x64, XK_KP_4, 0, 83}, {0x65, XK_KP_5, 0, 84}, {0x66, XK_KP_6, 0, 85}, {0x67, XK_KP_7, 0, 79},
    {0x68, XK_KP_8, 0, 80}, {0x69, XK_KP_9, 0, 81},
    {0x6A, XK_KP_Multiply, 0, 63},        {0x6B, XK_KP_Add, 0, 86},     {0x6C, XK_KP_Separator, 0, 129},
    {0x6D, XK_KP_Subtract, 0, 82},        {0x6E, XK_KP_Decimal, 0, 91}, {0x6F, XK_KP_Divide, 0, 106},
    {0x70, XK_F1, 0, 67},   {0x71, XK_F2, 0, 68},   {0x72, XK_F3, 0, 69},  {0x73, XK_F4, 0, 70},
    {0x74, XK_F5, 0, 71},   {0x75, XK_F6, 0, 72},   {0x76, XK_F7, 0, 73},  {0x77, XK_F8, 0, 74},
    {0x78, XK_F9, 0, 75},   {0x79, XK_F10, 0, 76},  {0x7A, XK_F11, 0, 95}, {0x7B, XK_F12, 0, 96},
    {0x7C, XK_F13, 0, 191}, {0x7D, XK_F14, 0, 192}, {0x7E, XK_F15, 0, 193}, {0x7F, XK_F16, 0, 194},
    {0x80, XK_F17, 0, 195}, {0x81, XK_F18, 0, 196}, {0x82, XK_F19, 0, 197}, {0x83, XK_F20, 0, 198},
    {0x84, XK_F21, 0, 199}, {0x85, XK_F22, 0, 200}, {0x86, XK_F23, 0, 201}, {0x87, XK_F24, 0, 202},
    {0x90, XK_Num_Lock, 0, 77},           {0x91, XK_Scroll_Lock, 0, 78},
    {0xA0, XK_Shift_L, 0, 50},            {0xA1, XK_Shift_R, 0, 62},    {0xA2, XK_Control_L, 0, 37},
    {0xA3, XK_Control_R, 0, 105},         {0xA4, XK_Alt_L, 0, 64},      {0xA5, XK_ISO_Level3_Shift, 0, 108},
    {0xA6, XF86XK_Back, 0, 166},          {0xA7, XF86XK_Forward, 0, 167}, {0xA8, XF86XK_Refresh, 0, 181},
    {0xA9, XF86XK_Stop, 0, 136},          {0xAA, XF86XK_Search, 0, 225},  {0xAB, XF86XK_Favorites, 0, 164},
    {0xAC, XF86XK_HomePage, 0, 180},      {0xAD, XF86XK_AudioMute, 0, 121},
    {0xAE, XF86XK_AudioLowerVolume, 0, 122}, {0xAF, XF86XK_AudioRaiseVolume, 0, 123},
    {0xB0, XF86XK_AudioNext, 0, 171},     {0xB1, XF86XK_AudioPrev, 0, 173}, {0xB2, XF86XK_AudioStop, 0, 174},
    {0xB3, XF86XK_AudioPlay, 0, 172},     {0xB4, XF86XK_Mail, 0, 163},
    {0xBA, XK_semicolon, 0, 47},          {0xBB, XK_equal, 0, 21},      {0xBC, XK_comma, 0, 59},
    {0xBD, XK_minus, 0, 20},              {0xBE, XK_period, 0, 60},     {0xBF, XK_slash, 0, 61},
    {0xC0, XK_grave, 0, 49},              {0xDB, XK_bracketleft, 0, 34}, {0xDC, XK_backslash, 0, 51},
    {0xDD, XK_bracketright, 0, 35},       {0xDE, XK_apostrophe, 0, 48},
    {0xE1, XK_ISO_Level3_Shift, 0, 108},  // MeshCentral's viewer for AltGr
    {0xE2, XK_less, 0, 94},
};

const Key* entryOf(std::uint8_t key) noexcept {
    const auto* found = std::find_if(std::begin(kKeys), std::end(kKeys),
                                     [&](const Key& each) { return each.key == key; });
    return found == std::end(kKeys) ? nullptr : found;
}
}  // namespace

unsigned long keysymOf(std::uint8_t key, bool isExtended) noexcept {
    const auto* entry = entryOf(key);
    if (entry == nullptr) return 0;
    return isExtended && entry->extended != 0 ? entry->extended : entry->symbol;
}

unsigned positionOf(std::uint8_t key) noexcept {
    const auto* entry = entryOf(key);
    return entry == nullptr ? 0 : entry->position;
}

}  // namespace trellis::device::desktop
