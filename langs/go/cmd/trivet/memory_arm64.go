package main

const memfdCreate = 279
