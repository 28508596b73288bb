# One folder = one module = one target `trivet_<name>` (alias trivet::<name>) and one test program.

set_property(GLOBAL PROPERTY TRIVET_MODULES "")
if(TRIVET_TESTS)
    enable_testing()
    find_package(GTest REQUIRED)
    add_custom_target(trivet_tests)
    trivet_precompiled(tests trivet_flags GTest::gtest_main)
endif()
trivet_precompiled(core trivet_core_flags)

# trivet_module(<name> [LINKS <module>...] [USES <target>...]
#               [TEST_SUPPORT <file>...] [TEST_LINKS <module>...] [TEST_WRAPS <function>...]
#               [ALONE <file>...])
#   LINKS         modules below this one; users of this module see them and their includes
#   USES          other targets, hidden from users of this module
#   TEST_SUPPORT  sources for tests alone: they form trivet_<name>_testing, outside libtrivet
#   TEST_LINKS    modules whose test support this module's tests need
#   TEST_WRAPS    functions that this module's tests replace by their own, to make them fail
#   ALONE         files that name things as others of the module do: with CMAKE_UNITY_BUILD, which
#                 compiles several files as one, these are compiled each by itself
function(trivet_module name)
    cmake_parse_arguments(arg "" "" "LINKS;USES;TEST_SUPPORT;TEST_LINKS;TEST_WRAPS;ALONE" ${ARGN})
    file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cc)
    set(tests ${sources})
    list(FILTER sources EXCLUDE REGEX "_test\\.cc$")
    list(FILTER tests INCLUDE REGEX "_test\\.cc$")
    list(TRANSFORM arg_TEST_SUPPORT PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/)
    list(REMOVE_ITEM sources ${arg_TEST_SUPPORT})
    list(TRANSFORM arg_LINKS PREPEND trivet::)
    set_source_files_properties(${arg_ALONE} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)

    add_library(trivet_${name} STATIC ${sources})
    add_library(trivet::${name} ALIAS trivet_${name})
    target_link_libraries(trivet_${name}
        PUBLIC ${arg_LINKS} PRIVATE trivet_core_flags ${arg_USES} Threads::Threads)
    trivet_precompile(trivet_${name} core)
    set_property(GLOBAL APPEND PROPERTY TRIVET_MODULES trivet_${name})

    if((TRIVET_TESTS OR TRIVET_FUZZ) AND arg_TEST_SUPPORT)
        add_library(trivet_${name}_testing STATIC ${arg_TEST_SUPPORT})
        target_link_libraries(trivet_${name}_testing PUBLIC trivet_${name}
            PRIVATE trivet_flags ${arg_USES})
        list(APPEND arg_TEST_LINKS ${name})
    endif()
    list(TRANSFORM arg_TEST_LINKS REPLACE "(.+)" "trivet_\\1_testing" OUTPUT_VARIABLE testing)
    if(TRIVET_TESTS AND tests)
        add_executable(${name}_test ${tests})
        target_link_libraries(${name}_test
            PRIVATE trivet_flags trivet_${name} ${testing} ${arg_USES}
            GTest::gtest_main Threads::Threads)
        trivet_precompile(${name}_test tests)
        list(TRANSFORM arg_TEST_WRAPS PREPEND "LINKER:--wrap=")
        target_link_options(${name}_test PRIVATE ${arg_TEST_WRAPS})
        set_target_properties(${name}_test PROPERTIES
            RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests INTERPROCEDURAL_OPTIMIZATION OFF)
        add_test(NAME ${name} COMMAND ${name}_test)
        add_dependencies(trivet_tests ${name}_test)
    endif()
endfunction()
