#include "capture.h"
void latency(void){} void loss(void){} void flows(void){}
