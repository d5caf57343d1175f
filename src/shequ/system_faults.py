"""What a system's refusal means, in the words of whoever meets it: ``没有权限`` for ``Permission denied``.

The system's own words depend on its language; they stay in the exception that an error is raised from.
"""

import errno
from collections.abc import Mapping

__all__ = ["cause"]

_MEANINGS: Mapping[str, str] = {
    "ENOENT": "没有这个文件或文件夹",
    "EACCES": "没有权限，或文件正被占用",
    "EPERM": "没有权限",
    "EROFS": "所在的磁盘只能读，不能写",
    "ENOSPC": "磁盘已满",
    "EDQUOT": "已超出磁盘配额",
    "EFBIG": "文件过大",
    "EIO": "磁盘读写出错",
    "EISDIR": "是文件夹，不是文件",
    "ENOTDIR": "路径中有一段是文件，不是文件夹",
    "EEXIST": "已有同名的文件或文件夹",
    "ENOTEMPTY": "文件夹不是空的",
    "ENAMETOOLONG": "名称过长",
    "EINVAL": "名称或位置不可用",
    "ELOOP": "链接互相指向，没有尽头",
    "EBUSY": "正被占用",
    "ETXTBSY": "正在运行，不能改写",
    "EMFILE": "打开的文件过多",
    "ENFILE": "打开的文件过多",
    "ENOMEM": "内存不足",
    "EXDEV": "不在同一个磁盘上",
    "EPIPE": "接收输出的程序已关闭",
    "ECONNREFUSED": "连接被拒绝",
    "ECONNRESET": "连接中断",
    "ETIMEDOUT": "等待超时",
}


def cause(error: OSError | UnicodeDecodeError) -> str:
    """Why a file or connection could not be used, in Chinese.

    >>> cause(PermissionError(13, "Permission denied")), cause(OSError(9999, "?"))
    ('没有权限，或文件正被占用', '系统错误 9999')
    """
    if isinstance(error, UnicodeDecodeError):
        return f"第 {error.start + 1} 个字节不是 {error.encoding.upper()} 文字"
    if error.errno is None:
        return f"系统错误 {type(error).__name__}"
    # By name: not every system has every number.
    return _MEANINGS.get(errno.errorcode.get(error.errno, ""), f"系统错误 {error.errno}")
