# `cmake --install build/release --prefix PREFIX`: what a C program needs, wherever it is moved to.

include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

function(trivet_install)
    set(packages ${PROJECT_BINARY_DIR}/packages)
    install(FILES ${PROJECT_SOURCE_DIR}/capi/include/trivet.h
        DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
    install(TARGETS trivet_shared LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
    install(FILES ${PROJECT_BINARY_DIR}/libtrivet.a DESTINATION ${CMAKE_INSTALL_LIBDIR})
    if(TARGET trivet)
        install(TARGETS trivet RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
    endif()
    install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})

    set(places ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
    file(RELATIVE_PATH TRIVET_UP "/${places}" "/")
    configure_file(${PROJECT_SOURCE_DIR}/cmake/packages/trivet.pc.in ${packages}/trivet.pc @ONLY)
    install(FILES ${packages}/trivet.pc DESTINATION ${places})

    set(places ${CMAKE_INSTALL_LIBDIR}/cmake/trivet)
    configure_package_config_file(
        ${PROJECT_SOURCE_DIR}/cmake/packages/trivet-config.cmake.in ${packages}/trivet-config.cmake
        INSTALL_DESTINATION ${places}
        PATH_VARS CMAKE_INSTALL_INCLUDEDIR CMAKE_INSTALL_LIBDIR
        NO_CHECK_REQUIRED_COMPONENTS_MACRO)
    write_basic_package_version_file(${packages}/trivet-config-version.cmake
        VERSION ${PROJECT_VERSION} COMPATIBILITY SameMinorVersion)
    install(FILES ${packages}/trivet-config.cmake ${packages}/trivet-config-version.cmake
        DESTINATION ${places})
endfunction()
