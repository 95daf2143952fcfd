mod trees;
