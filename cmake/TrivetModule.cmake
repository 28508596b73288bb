# One folder = one module = one target `trivet_<name>` (alias trivet::<name>) and one test program.

set_property(GLOBAL PROPERTY TRIVET_MODULES "")
if(TRIVET_TESTS)
    enable_testing()
    find_package(GTest REQUIRED)
    add_custom_target(trivet_tests)
endif()

# trivet_module(<name> [LINKS <module>...] [USES <target>...])
#   LINKS  modules below this one; they and their includes are visible to users of this module
#   USES   other targets, hidden from users of this module
function(trivet_module name)
    cmake_parse_arguments(arg "" "" "LINKS;USES" ${ARGN})
    file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cc)
    set(tests ${sources})
    list(FILTER sources EXCLUDE REGEX "_test\\.cc$")
    list(FILTER tests INCLUDE REGEX "_test\\.cc$")
    if(NOT sources)
        message(STATUS "trivet: module ${name} has no sources yet")
        return()
    endif()

    set(links "")
    foreach(module IN LISTS arg_LINKS)
        if(TARGET trivet::${module})
            list(APPEND links trivet::${module})
        endif()
    endforeach()

    add_library(trivet_${name} STATIC ${sources})
    add_library(trivet::${name} ALIAS trivet_${name})
    target_link_libraries(trivet_${name}
        PUBLIC ${links} PRIVATE trivet_core_flags ${arg_USES} Threads::Threads)
    set_property(GLOBAL APPEND PROPERTY TRIVET_MODULES trivet_${name})

    if(TRIVET_TESTS AND tests)
        add_executable(${name}_test ${tests})
        target_link_libraries(${name}_test
            PRIVATE trivet_flags trivet_${name} ${arg_USES} GTest::gtest_main Threads::Threads)
        set_target_properties(${name}_test PROPERTIES
            RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests INTERPROCEDURAL_OPTIMIZATION OFF)
        add_test(NAME ${name} COMMAND ${name}_test)
        add_dependencies(trivet_tests ${name}_test)
    endif()
endfunction()

function(trivet_add_modules)
    foreach(folder IN LISTS ARGN)
        if(EXISTS ${PROJECT_SOURCE_DIR}/${folder}/CMakeLists.txt)
            add_subdirectory(${folder})
        else()
            message(STATUS "trivet: ${folder} does not exist yet")
        endif()
    endforeach()
endfunction()
