var healthy = 1;
