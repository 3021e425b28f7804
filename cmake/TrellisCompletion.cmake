# What bash, zsh and fish complete of trellisctl: written by the program itself, installed where each
# shell looks by itself.
set(completion_dir "${CMAKE_CURRENT_BINARY_DIR}/completion")
set(completion_files)
foreach(shell IN ITEMS bash zsh fish)
  add_custom_command(
    OUTPUT "${completion_dir}/trellisctl.${shell}"
    COMMAND "${CMAKE_COMMAND}" -E make_directory "${completion_dir}"
    COMMAND trellisctl completion ${shell} > "${completion_dir}/trellisctl.${shell}"
    DEPENDS trellisctl VERBATIM)
  list(APPEND completion_files "${completion_dir}/trellisctl.${shell}")
endforeach()
add_custom_target(trellisctl-completion ALL DEPENDS ${completion_files})
install(FILES "${completion_dir}/trellisctl.bash" RENAME trellisctl
        DESTINATION "${CMAKE_INSTALL_DATADIR}/bash-completion/completions" COMPONENT server)
install(FILES "${completion_dir}/trellisctl.zsh" RENAME _trellisctl
        DESTINATION "${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions" COMPONENT server)
install(FILES "${completion_dir}/trellisctl.fish"
        DESTINATION "${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d" COMPONENT server)
