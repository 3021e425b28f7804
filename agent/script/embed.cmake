# Writes OUT: the table of bundled script modules (script/bundled.hpp) from the files in SCRIPTS.
set(text "#include \"agent/script/bundled.hpp\"\n\nnamespace trellis::device {\nconst BundledModule kBundledModules[] = {\n")
foreach(file IN LISTS SCRIPTS)
  get_filename_component(name "${file}" NAME_WLE)
  file(READ "${file}" source)
  string(APPEND text "    {\"${name}\", R\"~~~~(${source})~~~~\"},\n")
endforeach()
string(APPEND text "    {nullptr, nullptr},\n};\n}  // namespace trellis::device\n")
file(WRITE "${OUT}" "${text}")
