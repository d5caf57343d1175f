CREATE TABLE shequ_change (
	district VARCHAR(64) NOT NULL, 
	number BIGINT NOT NULL, 
	commit BIGINT NOT NULL, 
	type VARCHAR(64) NOT NULL, 
	id VARCHAR(64) NOT NULL, 
	before_version BIGINT, 
	after LONGTEXT, 
	salt VARCHAR(64), 
	value_hash VARCHAR(64), 
	digest VARCHAR(64) NOT NULL, 
	PRIMARY KEY (district, number)
)ENGINE=InnoDB CHARSET=utf8mb4 ROW_FORMAT=DYNAMIC COLLATE utf8mb4_nopad_bin;
CREATE INDEX ix_shequ_change_record ON shequ_change (district, type, id, number);
INSERT INTO shequ_change (district, number, commit, type, id, before_version, after, salt, value_hash, digest) VALUES ('330206', 1, 1, 'spot', 's1', NULL, '{"area":"12.50","checked":"2025-12-31T08:00:00.000001+08:00","id":"s1","name":"东亭","opened":"2019-05-01","remark":"𠮷野家旁","roofed":true,"seats":8,"tags":["凉","静"]}', '00000000000000000000000000000001', '4ad5599b2a1cf193eeb8658714766fd2dd870baad7516052c497f98ed89d40b2', '6f0e959ed4a517de518144322c5ae639dc9f4c30e504e6fdd633c7206ef1a145');
INSERT INTO shequ_change (district, number, commit, type, id, before_version, after, salt, value_hash, digest) VALUES ('330206', 2, 1, 'spot', 's2', NULL, '{"beside":"s1","id":"s2","name":"西廊 长","roofed":false,"seats":0}', '00000000000000000000000000000002', 'fb57839c5c6914779484e9fc15b67fc437b9585fd1b2d495b2b26c01717a6c70', '54a6743166cbed6e93d4fa7dfcaedf7eafd924b9a34b4b1f159f34f5fecf63c1');
INSERT INTO shequ_change (district, number, commit, type, id, before_version, after, salt, value_hash, digest) VALUES ('330206', 3, 1, 'spot', 's3', NULL, '{"id":"s3","name":"旧亭","roofed":false,"seats":0}', '00000000000000000000000000000003', 'a2a21b259966683a99f849df4646ee80f5f73c9f67849500b9508e029e2b2906', '0b11bad706ea361a7e41d373da6a2661a38be2c1454aee0ac7ffb1ef7d439f49');
INSERT INTO shequ_change (district, number, commit, type, id, before_version, after, salt, value_hash, digest) VALUES ('330206', 4, 1, 'visit', 'v1', NULL, NULL, NULL, 'a75261413cadb4bea58a35589fe7f58c6893d25709036856e28c5e67b1dd94b7', '325e83ab0d4606c402b25e1715b59addae8be63680dbeaf95b51f1486d42d3c6');
INSERT INTO shequ_change (district, number, commit, type, id, before_version, after, salt, value_hash, digest) VALUES ('330206', 5, 2, 'spot', 's1', 1, '{"area":"12.50","checked":"2025-12-31T08:00:00.000001+08:00","id":"s1","name":"东亭 新","opened":"2019-05-01","remark":"𠮷野家旁","roofed":true,"seats":9,"tags":["凉","静"]}', '00000000000000000000000000000005', '0bc0db06d7604ed97416002cccbdf72ddbc76bee960a46c59e5235893480e02f', '3b1bc0771f2e4acecc91398f4f869dd06b0be98ba7bc1d03e78a222a78cc8efd');
INSERT INTO shequ_change (district, number, commit, type, id, before_version, after, salt, value_hash, digest) VALUES ('330206', 6, 2, 'spot', 's3', 3, NULL, NULL, NULL, '8f81d9c478d61aa15596e1247eea0286d0545eef9209ef044bf5ff06a727bd04');
INSERT INTO shequ_change (district, number, commit, type, id, before_version, after, salt, value_hash, digest) VALUES ('330206', 7, 3, 'visit', 'v2', NULL, '{"id":"v2","on":"2025-03-05","spot":"s2","words":"漏雨"}', '00000000000000000000000000000006', '20f3957117dac84a49f44b2c21fcc41216217033f93c1ff4bfd7161360f2481a', 'd0871dd5772b6daf2f35f02e61def38a5fcb9d27d732a0c92edb1d6bf9e6aa7d');
INSERT INTO shequ_change (district, number, commit, type, id, before_version, after, salt, value_hash, digest) VALUES ('330206', 8, 4, 'visit', 'v1', 4, NULL, NULL, NULL, '5e5d74e75420a5031cc2bab0de4a08d2bd8b565061aaaa773bbea13e5b61c7d0');
INSERT INTO shequ_change (district, number, commit, type, id, before_version, after, salt, value_hash, digest) VALUES ('LOCAL-10', 1, 1, 'spot', 's1', NULL, '{"id":"s1","name":"另一街道","roofed":false,"seats":0}', '00000000000000000000000000000007', 'd40f87ffc3b1af553a76aaec0c1584d01bbe368e9716f83170cf4981b9a829e9', 'e9f6feef7d65ef2775cb7bd8a1c940fcedb91b33a9bfb8c30c62e0084befecf3');
CREATE TABLE shequ_commit (
	district VARCHAR(64) NOT NULL, 
	commit BIGINT NOT NULL, 
	at DATETIME(6) NOT NULL, 
	actor LONGTEXT NOT NULL, 
	reason LONGTEXT NOT NULL, 
	PRIMARY KEY (district, commit)
)ENGINE=InnoDB CHARSET=utf8mb4 ROW_FORMAT=DYNAMIC COLLATE utf8mb4_nopad_bin;
INSERT INTO shequ_commit (district, commit, at, actor, reason) VALUES ('330206', 1, '2026-01-05 01:30:15.123456', 'clerk-07', '建档');
INSERT INTO shequ_commit (district, commit, at, actor, reason) VALUES ('330206', 2, '2026-01-05 01:31:15.123456', 'clerk-07', '更正');
INSERT INTO shequ_commit (district, commit, at, actor, reason) VALUES ('330206', 3, '2026-01-05 01:32:15.123456', 'clerk-07', '走访');
INSERT INTO shequ_commit (district, commit, at, actor, reason) VALUES ('330206', 4, '2026-01-05 01:33:15.123456', 'clerk-07', '本人要求');
INSERT INTO shequ_commit (district, commit, at, actor, reason) VALUES ('LOCAL-10', 1, '2026-01-05 01:34:15.123456', 'clerk-07', '建档');
CREATE TABLE shequ_head (
	district VARCHAR(64) NOT NULL, 
	number BIGINT NOT NULL, 
	commit BIGINT NOT NULL, 
	digest VARCHAR(64) NOT NULL, 
	PRIMARY KEY (district)
)ENGINE=InnoDB CHARSET=utf8mb4 ROW_FORMAT=DYNAMIC COLLATE utf8mb4_nopad_bin;
INSERT INTO shequ_head (district, number, commit, digest) VALUES ('330206', 8, 4, '5e5d74e75420a5031cc2bab0de4a08d2bd8b565061aaaa773bbea13e5b61c7d0');
INSERT INTO shequ_head (district, number, commit, digest) VALUES ('LOCAL-10', 1, 1, 'e9f6feef7d65ef2775cb7bd8a1c940fcedb91b33a9bfb8c30c62e0084befecf3');
CREATE TABLE shequ_meta (
	name VARCHAR(64) NOT NULL, 
	value VARCHAR(64) NOT NULL, 
	PRIMARY KEY (name)
)ENGINE=InnoDB CHARSET=utf8mb4 ROW_FORMAT=DYNAMIC COLLATE utf8mb4_nopad_bin;
INSERT INTO shequ_meta (name, value) VALUES ('schema_version', '1');
CREATE TABLE shequ_spot (
	district VARCHAR(64) NOT NULL, 
	id VARCHAR(64) NOT NULL, 
	version BIGINT NOT NULL, 
	name LONGTEXT, 
	remark LONGTEXT, 
	tags LONGTEXT, 
	beside VARCHAR(64), 
	seats BIGINT, 
	area BIGINT, 
	roofed BOOL, 
	opened DATE, 
	checked DATETIME(6), 
	PRIMARY KEY (district, id)
)ENGINE=InnoDB CHARSET=utf8mb4 ROW_FORMAT=DYNAMIC COLLATE utf8mb4_nopad_bin;
CREATE INDEX ix_shequ_spot_beside ON shequ_spot (district, beside);
INSERT INTO shequ_spot (district, id, version, name, remark, tags, beside, seats, area, roofed, opened, checked) VALUES ('330206', 's1', 5, '东亭 新', '𠮷野家旁', '["凉", "静"]', NULL, 9, 1250, true, '2019-05-01', '2025-12-31 00:00:00.000001');
INSERT INTO shequ_spot (district, id, version, name, remark, tags, beside, seats, area, roofed, opened, checked) VALUES ('330206', 's2', 2, '西廊 长', NULL, '[]', 's1', 0, NULL, false, NULL, NULL);
INSERT INTO shequ_spot (district, id, version, name, remark, tags, beside, seats, area, roofed, opened, checked) VALUES ('LOCAL-10', 's1', 1, '另一街道', NULL, '[]', NULL, 0, NULL, false, NULL, NULL);
CREATE TABLE shequ_visit (
	district VARCHAR(64) NOT NULL, 
	id VARCHAR(64) NOT NULL, 
	version BIGINT NOT NULL, 
	spot VARCHAR(64), 
	`on` DATE, 
	words LONGTEXT, 
	PRIMARY KEY (district, id)
)ENGINE=InnoDB CHARSET=utf8mb4 ROW_FORMAT=DYNAMIC COLLATE utf8mb4_nopad_bin;
CREATE INDEX ix_shequ_visit_spot ON shequ_visit (district, spot);
INSERT INTO shequ_visit (district, id, version, spot, `on`, words) VALUES ('330206', 'v2', 7, 's2', '2025-03-05', '漏雨');
