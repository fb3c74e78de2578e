/* The verbs: argv[0] is the verb, the result is the exit code: 0 done, 1 failed, 2 wrong input. */
#ifndef PLIMSOLL_CMD_H
#define PLIMSOLL_CMD_H

int cmd_price(int argc, char **argv);

#endif
