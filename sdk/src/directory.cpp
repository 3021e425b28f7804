// Key functions, as in interface.cpp: the type information lives in this library alone.
#include <trellis/sdk/directory.hpp>

namespace trellis::sdk {

DeviceDirectory::~DeviceDirectory() = default;
PageEvents::~PageEvents() = default;

} // namespace trellis::sdk
