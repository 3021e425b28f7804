// trellis-agent: the command line.
#include "agent/app/command_line.hpp"

int main(int argc, char** argv) { return trellis::device::runCommandLine(argc, argv); }
